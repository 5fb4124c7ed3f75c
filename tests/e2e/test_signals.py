"""Signals: what is in flight is finished or found again, and nothing is ever paid twice."""

import contextlib
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.support.cli import PATIENCE, Project, Sandbox, finished, many

JOBS = "/v1/fine_tuning/jobs"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_during_apply(served: Project, box: Sandbox, number: signal.Signals) -> None:
    """The effect in flight is finished, nothing more is started, the state is saved."""
    many(served, 1, jobs=5)
    box.fault("latency", method="POST", path=JOBS, seconds=0.5)
    process = served.start("apply", "--yes")
    box.wait_for(f"POST {JOBS}")
    began = time.monotonic()
    process.send_signal(number)
    said = finished(process).ended(130)
    assert time.monotonic() - began < 7
    assert "stopping: finishing what is under way, starting nothing more" in said.err
    assert "not started" in said.err
    assert "interrupted, state saved (serial 2), unlocked" in said.out
    made = len(box.made("jobs"))
    assert 1 <= made < 5
    assert sum(address.startswith("jobs.") for address in served.state["records"]) == made
    box.heal()
    served.run("apply", "--yes").ended(0)
    assert len(box.made("jobs")) == 5


def test_a_signal_while_it_waits(served: Project, slow: Sandbox) -> None:
    """^C stops watching; the job goes on and the next apply finds it."""
    slow.serves(served)
    process = served.start("apply", "--yes", "--wait")
    slow.wait_for(f"GET {JOBS}", 3)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    said = finished(process).ended(130)
    assert time.monotonic() - began < 7
    assert "Apply: 2 done, 1 running · price unknown" in said.out
    assert "stopped watching; the job goes on\n" in said.out
    slow.advance(7200)
    assert served.run("apply", "--yes", "--wait").ended(0)
    assert len(slow.made("jobs")) == 1


def test_the_second_signal_leaves_at_once(served: Project, box: Sandbox) -> None:
    """Whoever cannot wait for the effect in flight leaves, and nothing is lost by it."""
    box.fault("latency", method="POST", path=JOBS, seconds=30)
    process = served.start("apply", "--yes")
    box.wait_for(f"POST {JOBS}")
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    said = finished(process).ended(130)
    assert time.monotonic() - began < 4  # the first signal alone gives it longer
    assert "Left at once. The journal has every step; run apply to go on.\n" in said.err
    box.heal()
    said = served.run("apply", "--yes")
    assert said.code in (0, 5), said.all
    assert len(box.made("jobs")) <= 1


def test_a_request_that_hangs(served: Project, box: Sandbox) -> None:
    """It is broken off in time: exit 130 within 7 s, the intent kept, and the next apply heals."""
    box.fault("latency", method="POST", path=JOBS, seconds=60)
    process = served.start("apply", "--yes")
    box.wait_for(f"POST {JOBS}")
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    said = finished(process).ended(130)
    assert time.monotonic() - began < 7
    if "Left at once" not in said.err:  # a busy machine leaves no time for words
        assert "it was broken off, to leave in time" in " ".join(said.err.split())
        assert "interrupted, state saved (serial 2), unlocked\n" in said.out
    assert len(served.state["pending"]) == 1
    box.heal()
    box.advance(400)
    assert "Settled: jobs.bot was " in served.run("apply", "--yes").ended(0).out
    assert len(box.made("jobs")) == 1


def test_a_list_that_hangs_while_it_waits(served: Project, slow: Sandbox) -> None:
    """What was only read is left behind: the jobs go on, the summary is there."""
    slow.serves(served)
    process = served.start("apply", "--yes", "--wait")
    slow.wait_for(f"GET {JOBS}", 2)
    slow.fault("latency", path=JOBS, seconds=60)
    slow.wait_for(f"GET {JOBS}", slow.requests()[f"GET {JOBS}"] + 1)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    said = finished(process).ended(130)
    assert time.monotonic() - began < 7
    assert "stopped watching; the job goes on\n" in said.out
    assert "error" not in said.err


def test_nobody_reads_what_is_said(served: Project, box: Sandbox) -> None:
    """A log that is stuck holds nobody: the second signal leaves although no word can be said."""
    stuck, full = os.pipe()
    os.set_blocking(full, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(full, b"." * 4096)
    os.set_blocking(full, True)
    process = served.start("apply", "--yes", stdout=subprocess.DEVNULL, stderr=full)
    box.wait_for("POST /v1/files")
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    assert process.wait(PATIENCE) == 130
    assert time.monotonic() - began < 5
    os.close(full)
    os.close(stuck)
    served.run("apply", "--yes").ended(0)
    assert (len(box.made("files")), len(box.made("jobs"))) == (1, 1)


def test_an_interrupt_while_it_looks(served: Project, box: Sandbox) -> None:
    """An endpoint that is slow to answer keeps nobody from leaving."""
    box.fault("latency", seconds=30)
    for command in ("plan", "apply", "status"):
        before = sum(box.requests().values())
        process = served.start(command)
        deadline = time.monotonic() + 10
        while sum(box.requests().values()) == before and time.monotonic() < deadline:
            time.sleep(0.02)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert "error: interrupted\n" in finished(process).ended(130).err
        assert time.monotonic() - began < 4


DROPPED = """
import signal, sys, time
from reconciler.cli.interrupt import insist

class Dropping:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)

class Broken:
    def __del__(self):
        raise ValueError

sys.__unraisablehook__ = lambda ignored: print("told", ignored.exc_type.__name__)
insist()
Dropping()
print("dropped")
Broken()
try:
    time.sleep(30)
except KeyboardInterrupt:
    print("interrupted")
"""


def test_an_interrupt_that_python_drops_comes_again(demo: Project) -> None:
    """One that comes while a finalizer runs is ignored by Python; it alone is not printed."""
    said = finished(demo.start("-c", DROPPED, program=[sys.executable])).ended(0)
    assert (said.out, said.err) == ("dropped\ntold ValueError\ninterrupted\n", "")


EARLY = """
import os, signal, sys
from reconciler.__main__ import main
class Interrupting:
    def find_spec(self, name, *_):
        if name == "reconciler.cli.main":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
main()
"""


def test_an_interrupt_while_it_starts() -> None:
    """Nothing has begun, so it just ends: a traceback of imports would tell nobody anything."""
    done = subprocess.run([sys.executable, "-c", EARLY], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (-signal.SIGINT, b"")


def test_killed_and_run_again(served: Project, box: Sandbox) -> None:
    """SIGKILL with a job's create in flight: the next apply finds the job by its op."""
    box.fault("latency", method="POST", path=JOBS, seconds=0.3)
    process = served.start("apply", "--yes")
    box.wait_for(f"POST {JOBS}")
    process.kill()
    finished(process)
    time.sleep(0.6)  # the request was sent: the server goes on
    box.heal()
    said = served.run("apply", "--yes")
    if box.made("jobs"):
        assert said.ended(0)
        assert "Settled: jobs.bot was created: ftjob-" in said.out
    assert len(box.made("jobs")) <= 1
