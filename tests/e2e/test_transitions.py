"""Each step of a job's status machine, and what plan, apply, status and watch make of it.

The step happens at the endpoint between two commands, as it does in life; what the simulator never
says by itself (`pausing`, a status that nobody knows) its answers are made to say.
"""

from typing import NoReturn

import pytest

from reconciler.sandbox.pace import Pace
from tests.support.cli import Project, Sandbox, sandbox

JOBS = "/v1/fine_tuning/jobs"
PACE = Pace(100.0, 100.0, 100.0)
AT = {"validating_files": 0, "queued": 150, "running": 250, "succeeded": 400}
"""Seconds after its start at which a job is there by itself."""
SAID = ("pausing", "rebalancing")
"""What only an answer says."""
ASKED = {"paused": "pause", "cancelled": "cancel"}

TABLE = """
was               becomes           plan      apply status watch
validating_files  queued            sync      0     0      130
validating_files  paused            resume    0     0      0
validating_files  failed            stands    1     1      1
validating_files  cancelled         stands    1     1      1
validating_files  rebalancing       sync      0     0      130
queued            running           sync      0     0      130
queued            paused            resume    0     0      0
queued            cancelled         stands    1     1      1
queued            rebalancing       sync      0     0      130
running           succeeded         sync      0     0      0
running           failed            stands    1     1      1
running           cancelled         stands    1     1      1
running           pausing           resume    1     0      0
running           paused            resume    0     0      0
running           rebalancing       sync      0     0      130
pausing           paused            resume    0     0      0
pausing           running           sync      0     0      130
paused            queued            sync      0     0      130
paused            cancelled         stands    1     1      1
paused            rebalancing       sync      0     0      130
rebalancing       running           sync      0     0      130
rebalancing       succeeded         sync      0     0      0
rebalancing       cancelled         stands    1     1      1
"""
"""`stands`: a standing failure, which nothing but a person's word trains again.

A job that somebody paused is let go on, for the manifest does not pause it; one that is pausing
refuses that until it stands still. A watch ends when nothing goes on by itself any more; 130 is
whoever leaves it before. On a status that nobody knows nothing follows.
"""

ROWS = [row.split() for row in TABLE.strip().splitlines()[1:]]


class Leaves(KeyboardInterrupt):
    """Somebody stops watching after the first look."""


def leave(_seconds: float) -> NoReturn:
    """Instead of the pause between two looks."""
    raise Leaves


def reach(box: Sandbox, job: str, was: str, becomes: str) -> None:
    """Bring a job from one status to the next."""
    if was in SAID:
        box.heal()
    if becomes in SAID:
        box.fault("unknown_status", path=f"{JOBS}*", status=becomes)
    elif becomes in ASKED:
        box.send("POST", f"/fine_tuning/jobs/{job}/{ASKED[becomes]}")
    elif was == "paused":
        box.send("POST", f"/fine_tuning/jobs/{job}/resume")
    elif was not in SAID or becomes == "succeeded":
        box.advance(AT.get(becomes, 400) - AT.get(was, AT["running"]))


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("was", "becomes", "plan", "apply", "status", "watch"), ROWS)
def test_a_step_of_a_job(
    demo: Project,
    monkeypatch: pytest.MonkeyPatch,
    was: str,
    becomes: str,
    plan: str,
    apply: str,
    status: str,
    watch: str,
) -> None:
    """No command trains it again, and each tells what became of it, by its exit code, too."""
    monkeypatch.setattr("reconciler.cli.verbs.watch.time.sleep", leave)
    with sandbox(PACE) as box:
        box.serves(demo)
        job = recorded(demo, box, was, becomes)
        reach(box, job, was, becomes)
        said = demo.run("plan").ended(1 if plan == "stands" else 0)
        assert ("‖ jobs.bot  resume  " in said.out) is (plan == "resume")
        assert ("is not trained again by itself" in said.err) is (plan == "stands")
        for command, code in (("status", status), ("watch", watch)):
            said = demo.run(command).ended(int(code))
            assert f"jobs.bot  {becomes}" in said.out
            note = f'note: status "{becomes}" is not known; nothing destructive is planned'
            assert (note in said.err) is (becomes == "rebalancing" and command == "status")
        demo.run("apply", "--yes").ended(int(apply))
        assert len(box.made("jobs")) == 1


def recorded(demo: Project, box: Sandbox, was: str, becomes: str) -> str:
    """A job of which the state says the first status; it will fail where the next one is that."""
    if becomes == "failed":
        kind = "flagged_files" if was == "validating_files" else "broken_jobs"
        box.fault(kind, method="POST", path=JOBS)
    demo.run("apply", "--yes").ended(0)
    job: str = demo.record("jobs.bot")["id"]
    box.heal()
    if was != "validating_files":
        by_itself = was if was in AT else "running"
        box.advance(AT[by_itself])
        if was != by_itself:
            reach(box, job, by_itself, was)
        if was == "paused":
            demo.manifest["jobs"]["bot"]["paused"] = True
            demo.save()
        demo.run("apply", "--yes")
        if was == "paused":
            demo.manifest["jobs"]["bot"]["paused"] = False
            demo.save()
    assert demo.record("jobs.bot")["status"] == was
    return job
