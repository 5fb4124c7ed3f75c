"""`watch`: jobs live, until all have ended; leaving it ends no job."""

import re

import pytest

from reconciler.sandbox.pace import Pace
from tests.support.cli import MODEL, Project, Sandbox, Terminal, sandbox

pytestmark = pytest.mark.usefixtures("impatient")


def test_in_a_pipe(demo: Project) -> None:
    """A dated line a change and the table at the end, all on stdout."""
    with sandbox(Pace(0.1, 0.1, 0.5)) as box:
        box.serves(demo)
        demo.run("apply", "--yes").ended(0)
        said = demo.run("watch").ended(0)
    *lines, head, _, row, _, count = said.out.splitlines()
    assert head.startswith("demo · compatible")
    assert all(re.match(r"\d\d:\d\d:\d\dZ jobs\.bot  ", line) for line in lines)
    assert re.search(r"succeeded, ft:\S+, [\d,]+ trained tokens$", lines[-1])
    assert row.startswith("  jobs.bot  succeeded  ")
    assert count == "1 job: 1 succeeded"


def test_at_a_terminal(demo: Project, slow: Sandbox) -> None:
    """The table is redrawn above the last events; ^C leaves, and the job goes on."""
    slow.serves(demo)
    demo.run("apply", "--yes").ended(0)
    with Terminal(demo, "watch", env={"NO_COLOR": "1"}) as terminal:
        shown = terminal.until("Fine-tuning job started")
        assert "ADDRESS   STATUS" in shown
        assert "^C stops watching; the job goes on" in shown
        terminal.interrupt()
        said = terminal.end().ended(130)
    assert "stopped watching; the jobs go on" in said.out
    assert [job["status"] for job in slow.made("jobs")] == ["running"]


def test_a_restarted_watch_tells_every_event(served: Project, box: Sandbox) -> None:
    """Each event of the log, once and in its order, whoever watched before; then how it stands."""
    method = {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 25}}}
    bot = {"model": MODEL, "training_file": "train", "method": method}
    served.save(jobs={"bot": bot})
    served.run("apply", "--yes", "--wait").ended(0)
    job = served.record("jobs.bot")["id"]
    log = served.run("jobs", "events", job, "--json").ended(0).lines
    assert len(log) > 100
    for _ in range(2):
        lines = served.run("watch", "--json").ended(0).lines
        assert [line["event"] for line in lines if line["type"] == "event"] == log
        assert [line["type"] for line in lines[:1] + lines[-1:]] == ["job", "status"]


def test_following_resumes(served: Project, box: Sandbox) -> None:
    """Stopped, `jobs events` goes on after the last event that it told."""
    served.run("apply", "--yes", "--wait").ended(0)
    log = served.run("jobs", "events", "jobs.bot", "--follow", "--json").ended(0).lines
    assert log == served.run("jobs", "events", "jobs.bot", "--json").lines
    more = ("--follow", "--after", log[4]["id"], "--json")
    assert served.run("jobs", "events", "jobs.bot", *more).ended(0).lines == log[5:]


def test_nothing_to_watch(served: Project) -> None:
    """No job yet, and one that failed: the table, and what it comes to."""
    assert "1 job: 1 not created\n" in served.run("watch").ended(0).out


def test_a_failure_is_told_at_the_end(served: Project, box: Sandbox) -> None:
    """Exit 1, with the cure."""
    box.fault("broken_jobs", method="POST", path="/v1/fine_tuning/jobs")
    served.run("apply", "--yes").ended(0)
    said = served.run("watch").ended(1)
    assert "jobs.bot  failed" in said.out
    assert 'cure:  reconciler apply --retry jobs.bot --reason "…": trains again' in said.err
