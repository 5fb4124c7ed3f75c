"""Apply as a person, a clock and a rival meet it: prompts, deadlines, locks."""

import time
from contextlib import ExitStack

import pytest

from reconciler.backends import Holder, open_backend
from tests.support.cli import MODEL, Project, Said, Sandbox, Terminal, finished

JOBS = "/v1/fine_tuning/jobs"
RIVAL = Holder("7c1e04", "ci", "there", 1, "2026-11-23T14:02:07Z", "apply")
# A person at a terminal


def test_yes(served: Project, box: Sandbox) -> None:
    """A y at the prompt applies the plan that was shown, at what it costs."""
    served.save(prices={MODEL: 500})
    with Terminal(served, "apply", "--wait") as terminal:
        terminal.until("Apply 2 changes for ≈ $0.38–1.13 to demo? [y/N] ")
        assert box.writes() == 0
        terminal.press("y\n")
        said = terminal.end().ended(0)
    assert "✓" in said.out
    assert "Apply: 2 done in " in said.out
    assert len(box.made("jobs")) == 1


@pytest.mark.parametrize("answer", ["n\n", "\n"])
def test_no(served: Project, box: Sandbox, answer: str) -> None:
    """Anything but a yes sends nothing: exit 3, and that is said."""
    with Terminal(served, "apply") as terminal:
        terminal.until("[y/N] ")
        terminal.press(answer)
        said = terminal.end().ended(3)
    assert said.out.endswith("[y/N] " + answer.replace("\n", "") + "\nNothing was sent.\n")
    assert box.writes() == 0
    assert not (served.root / "state/demo.json").exists()


def test_no_as_json(demo: Project) -> None:
    """A program is told of the no as of any other error."""
    with Terminal(demo, "destroy", "--json") as terminal:
        said = terminal.end().ended(0)  # nothing to do: nothing to ask
    with Terminal(demo, "apply", "--json") as terminal:
        terminal.until("[y/N] ")
        terminal.press("n\n")
        said = terminal.end().ended(3)
    assert '"what": "Nothing was sent."' in said.out.splitlines()[-1]


def test_interrupt_at_the_prompt(served: Project, box: Sandbox) -> None:
    """^C at the prompt ends it at once: nothing was sent."""
    with Terminal(served, "apply") as terminal:
        terminal.until("[y/N] ")
        time.sleep(0.2)  # nobody presses ^C between the question and the wait for its answer
        terminal.interrupt()
        said = terminal.end().ended(130)
    assert "error: interrupted\n" in plain(said)
    assert box.writes() == 0


def plain(said: Said) -> str:
    """What was shown, without colours."""
    return said.out.replace("\x1b[31m\x1b[1m", "").replace("\x1b[0m", "")


def test_destroy_asks(served: Project, box: Sandbox) -> None:
    """Destroy says whose objects it would remove, and waits for the yes."""
    served.run("apply", "--yes", "--wait").ended(0)
    with Terminal(served, "destroy") as terminal:
        terminal.until("Destroy these 2 of demo? [y/N] ")
        terminal.press("y\n")
        assert "Apply: 2 done in " in terminal.end().ended(0).out
    assert all(each["deleted_at"] for each in box.made("files"))


# Time


def test_deadline_then_on_from_there(served: Project, slow: Sandbox) -> None:
    """At the deadline apply leaves with 6; the same command later finds the jobs it started."""
    slow.serves(served)
    said = served.run("apply", "--yes", "--wait", "--deadline", "3s").ended(6)
    assert "Apply: 2 done, 1 running · price unknown" in said.out
    assert said.out.splitlines()[-1].endswith("deadline reached")
    assert "goes on from here; nothing is paid twice" in said.err
    assert served.run("plan").ended(0).out.endswith("1 file, 1 job in sync (1 running)\n")
    slow.advance(7200)
    assert "1 job in sync\n" in served.run("apply", "--yes", "--wait", "--deadline", "3s").out
    assert len(slow.made("jobs")) == 1


def test_without_wait_a_running_job_is_fine(served: Project, slow: Sandbox) -> None:
    """Started and running is exit 0, with the way to follow it."""
    slow.serves(served)
    said = served.run("apply", "--yes").ended(0)
    assert "Apply: 2 done, 1 running · price unknown" in said.out
    assert said.err.endswith("next: reconciler apply --wait, or reconciler status\n")
    assert "1 job: 1 " in served.run("status").ended(0).out


def test_what_an_earlier_apply_began_has_its_result(served: Project, slow: Sandbox) -> None:
    """Waited for, it is counted, with its model and what to do next, though nothing was done."""
    slow.serves(served)
    served.run("apply", "--yes").ended(0)
    waiting = served.start("apply", "--wait", "--yes")
    assert waiting.stderr
    assert any("Z jobs.bot  " in line for line in waiting.stderr)  # it looks at it
    slow.advance(7200)
    said = finished(waiting).ended(0)
    assert "\nApply: 0 done, 1 job succeeded in " in said.out
    model = served.record("jobs.bot")["facts"]["fine_tuned_model"]
    assert said.out.endswith(f"\n  jobs.bot  succeeded  {model}\n")
    assert said.err.endswith('next: reconciler chat jobs.bot "…"\n')
    again = served.run("apply", "--wait", "--yes").ended(0)
    assert "Apply: " not in again.out  # it had ended before


# Rivals


def test_the_loser_is_told_who_won(served: Project, box: Sandbox) -> None:
    """Of two applies at once one leaves, naming the holder; it sent nothing."""
    box.fault("latency", method="POST", path=JOBS, seconds=60)
    winner = served.start("apply", "--yes")
    box.wait_for(f"POST {JOBS}")
    loser = served.process("apply", "--yes").ended(4)
    assert "error: the state is locked by another apply\n" in loser.err
    assert "  where: state/demo.json, lock " in loser.err
    assert f"pid {winner.pid}, since " in loser.err
    assert "reconciler apply --lock-timeout 10m" in loser.err
    plan = served.run("plan")
    assert "warning: apply is running; this may be old\n" in plan.err
    winner.kill()
    finished(winner)
    assert box.requests()[f"POST {JOBS}"] == 1


def test_a_rival_may_wait(served: Project, box: Sandbox) -> None:
    """With --lock-timeout the second apply goes on once the first has ended: nothing to do."""
    box.fault("latency", method="POST", path=JOBS, seconds=1)
    winner = served.start("apply", "--yes")
    box.wait_for(f"POST {JOBS}")
    second = served.process("apply", "--yes", "--lock-timeout", "15s").ended(0)
    assert "Plan: nothing to do" in second.out
    finished(winner).ended(0)
    assert len(box.made("jobs")) == 1


def test_a_rival_says_that_it_waits(served: Project, box: Sandbox) -> None:
    """Nobody is left to wonder why nothing happens; once the lock is free it goes on."""
    with ExitStack() as held:
        held.enter_context(open_backend("state/demo.json", served.root).lock(RIVAL))
        second = served.start("apply", "--yes", "--lock-timeout", "5m")
        assert second.stderr is not None
        assert second.stderr.readline().endswith("Z waiting for the lock of another run\n")
        assert box.writes() == 0
    assert "waiting for the lock" not in finished(second).ended(0).err
    assert len(box.made("jobs")) == 1
