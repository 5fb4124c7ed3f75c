"""Cut, drop, delay, rename, lie: what an apply says, and what is paid for in the end."""

import time
from collections.abc import Callable, Mapping

import pytest

from reconciler.api.wire import Limits
from reconciler.kinds import file as file_kind
from reconciler.sandbox.faults import KINDS, Fault
from tests.support.cli import PATIENCE, Project, Sandbox, dataset, many
from tests.support.fault_table import BY_HAND, CASES, JOBS, PLACES, Case, Fate, kinds

pytestmark = pytest.mark.usefixtures("impatient")

ALWAYS = 100_000
"""So often a fault acts that is on until it is cleared: what is left tells whether it acted."""
LONG = 4000
"""Seconds after which every job has ended."""
ENDED = ("succeeded", "failed", "cancelled")
APPLY = ("apply", "--yes")


@pytest.fixture
def served(demo: Project, slow: Sandbox) -> Project:
    """The project at a simulator whose jobs run for an hour."""
    slow.serves(demo)
    return demo


def same(project: Project, _: Sandbox) -> None:
    """All is there."""
    project.run(*APPLY).ended(0)


def edit(project: Project, box: Sandbox) -> None:
    """The data changed while its job runs: upload, train, cancel, delete."""
    same(project, box)
    project.write("data/train.jsonl", dataset(13))


def unread(project: Project, box: Sandbox) -> None:
    """A file is there, and a job that is to read it was declared since."""
    jobs = project.manifest["jobs"]
    project.save(jobs={})
    same(project, box)
    project.save(jobs=jobs)


def hold(project: Project, box: Sandbox) -> None:
    """A job that runs is to be paused."""
    same(project, box)
    project.manifest["jobs"]["bot"]["paused"] = True
    project.save()


def lost(project: Project, box: Sandbox) -> None:
    """All is there, and the state is not."""
    same(project, box)
    project.lose_state()


def done(project: Project, box: Sandbox) -> None:
    """The job has its model."""
    same(project, box)
    box.advance(LONG)
    same(project, box)


def brief(project: Project, box: Sandbox) -> None:
    """The file expires after an hour."""
    project.manifest["files"]["train"]["expires_after"] = {"seconds": 3600}
    project.save()
    same(project, box)


def three(project: Project, box: Sandbox) -> None:
    """As `edit`, for three files and three jobs; they are listed in the order of their names."""
    many(project, 3, 3)
    project.run(*APPLY, "--parallel", "1").ended(0)
    for number in range(3):
        project.write(f"data/f{number}.jsonl", dataset(13, f"thing-{number}"))


STORIES: Mapping[str, Callable[[Project, Sandbox], None]] = {
    story.__name__: story for story in (same, edit, unread, hold, lost, done, brief, three)
}
"""By name what is there before the faults; in other stories nothing is."""


def begin(story: str, project: Project, box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is there before the fault; what runs has passed its validation."""
    if story == "large":
        monkeypatch.setattr(file_kind, "FILE_LIMIT", 100)
    if story == "late":
        monkeypatch.setattr("reconciler.api.transport.Limits", lambda: Limits(answer=0.3))
    if story in STORIES:
        STORIES[story](project, box)
    box.advance(1)


def switch_on(box: Sandbox, text: str) -> None:
    """A fault at its place, as often as it says."""
    kind, _, rest = text.partition("@")
    name, comma, parameters = rest.partition(",")
    place = PLACES[name]
    on = {"on": place.path} if kind == "meddle" else {"method": place.method, "path": place.path}
    fault = Fault.parse(f"{kind}{comma}{parameters}")
    times = ALWAYS if fault.times is None else fault.times
    box.fault(**{**fault.record(), **on, "skip": fault.skip, "times": times})


def acted(box: Sandbox) -> bool:
    """Whether every fault that is on acted, those that act seldom as often as they could."""
    left = [fault["times"] for fault in box.ask("GET", "/faults")["faults"]]
    return all(times == 0 or ALWAYS / 2 < times < ALWAYS for times in left)


def go_on(box: Sandbox, project: Project, fate: Fate) -> None:
    """The applies that follow when the fault is gone; early ones send nothing that is in doubt."""
    writes = box.writes()
    project.run(*APPLY).ended(fate.early)
    if fate.waits or (fate.early and not fate.last):
        assert box.writes() == writes
        box.advance(400)
        project.run(*APPLY).ended(0)
    project.run("plan", "--detailed-exitcode").ended(fate.last)


def check_ledger(box: Sandbox, project: Project, case: Case) -> None:
    """Paid once, nothing lost, nothing left over."""
    if project.state["pending"]:  # a lost upload is free: it is sent again, and settled later
        box.advance(400)
        project.run(*APPLY)
    state, made = project.state, box.made("jobs")
    records = {record["id"] for record in state["records"].values()}
    assert (state["pending"], state["deposed"]) == ({}, {})
    assert len(made) == case.jobs
    assert {job["id"] for job in made if job["status"] not in ENDED} <= records
    live = {file["id"] for file in box.made("files") if not file["deleted_at"]}
    assert len(live - records) == case.orphans


def named(text: str, project: Project) -> str:
    """A fault with the paths of what is recorded."""
    for address, record in project.state["records"].items() if "{" in text else ():
        collection = JOBS if address.startswith("jobs.") else "/v1/files"
        text = text.replace(f"{{{address}}}", f"{collection}/{record['id']}")
        model = record["facts"].get("fine_tuned_model")
        text = text.replace(f"{{{address}.model}}", f"/v1/models/{model}")
    return text


def arrived(box: Sandbox, count: int) -> None:
    """Return once so many jobs were made, whoever waited for the answers."""
    deadline = time.monotonic() + PATIENCE
    while len(box.made("jobs")) < count:
        assert time.monotonic() < deadline


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_apply_under_faults(
    case: Case, served: Project, slow: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends as the table says, and the next ones pay for what is left, once."""
    begin(case.story, served, slow, monkeypatch)
    for text in case.faults:
        switch_on(slow, named(text, served))
    said = served.run(*APPLY).ended(case.fate.code)
    assert case.says in said.all
    assert acted(slow)
    slow.heal()
    if case.story == "late":
        arrived(slow, case.jobs)
    if case.story == "doomed":
        slow.advance(LONG)
    go_on(slow, served, case.fate)
    check_ledger(slow, served, case)


@pytest.mark.parametrize("fault", BY_HAND)
def test_a_command_by_hand_under_a_fault(fault: str, served: Project, slow: Sandbox) -> None:
    """It says what went wrong, and leaves no half of anything behind."""
    command, code, says = BY_HAND[fault]
    same(served, slow)
    slow.advance(1)
    switch_on(slow, fault)
    said = served.run(*command.split()).ended(code)
    assert says in said.all
    assert acted(slow)
    assert not (served.root / "out.jsonl").exists()


def test_every_fault_has_its_expectations() -> None:
    """A kind of fault that the simulator offers and nobody tried is found here."""
    assert kinds() == set(KINDS)
