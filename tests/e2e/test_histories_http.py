"""The histories that broke earlier drafts, over real HTTP: the same rows as in the tiny world.

Each begins on empty ground, is walked with the command line alone, and ends with applies until
nothing changes: the last one sends only reads and writes nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from reconciler.api.clock import uptime
from reconciler.backends.local import LocalBackend
from tests.reliability.ground import Ground, ground
from tests.reliability.place import SETTLE, TRAINING
from tests.reliability.scenarios import APPLY
from tests.support.cli import MODEL, Project, Said, dataset
from tests.support.seam import Instant

JOBS = "/v1/fine_tuning/jobs"
FREE = ("--allow-delete", "*", "--allow-empty")
"""A row is about what happens, not about the guards."""

Entry = dict[str, Any]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """One simulator for all rows."""
    current = os.environ["PYTEST_CURRENT_TEST"]
    with ground(tmp_path_factory.mktemp("histories")) as here:
        os.environ["PYTEST_CURRENT_TEST"] = current  # pytest takes it away itself
        here.door.recorded = partial(recorded, here.project.root.parent)
        yield here


@pytest.fixture
def here(shared: Ground) -> Iterator[Ground]:
    """Empty ground; at the end, what was sent was always announced first, and went out once."""
    shared.clear()
    yield shared
    assert not shared.door.problems


def recorded(folder: Path) -> bytes:
    """The states and journals of all runners."""
    paths = [*folder.glob("*/state/*.json"), *folder.glob("*/state/*.journal")]
    return b"".join(path.read_bytes() for path in paths)


def job(data: str = "F1", **fields: Any) -> Entry:
    """An entry whose training file is named after its data."""
    return {"model": MODEL, "training_file": data.lower(), "seed": 7, **fields}


def declare(here: Ground, files: dict[str, str] | None = None, **jobs: Entry) -> None:
    """The manifest says this from now on, and nothing else."""
    write(here.project, files, **jobs)


def write(project: Project, files: dict[str, str] | None = None, **jobs: Entry) -> None:
    """The same for the project of any runner."""
    names = {entry["training_file"] for entry in jobs.values()}
    contents = {name: name for name in names} | (files or {})
    for name, thing in contents.items():
        project.write(f"data/{name}.jsonl", dataset(12, thing))
    paths = {name: {"path": f"data/{name}.jsonl"} for name in contents}
    project.save(files=paths, jobs=jobs, moved=[])


def apply(here: Ground, code: int = 0, project: Project | None = None) -> Said:
    """An apply that ends like this."""
    return (project or here.project).run("apply", "--yes", *FREE).ended(code)


def plan(here: Ground) -> dict[str, Any]:
    """The plan as a document."""
    document: dict[str, Any] = here.project.run("plan", "--json", *FREE).json
    return document


def actions(document: dict[str, Any]) -> dict[str, str]:
    """Address → what happens to it, without what is retired after it."""
    return {c["address"]: c["action"] for c in document["changes"] if not c["follows"]}


def converge(here: Ground, code: int = 0, project: Project | None = None) -> Said:
    """Applies until nothing changes; the last one only read, and ended like this."""
    one = project or here.project
    for _ in range(6):
        before = here.door.writes, contents(one)
        said = one.run("apply", "--yes", *FREE)
        if (here.door.writes, contents(one)) == before:
            return said.ended(code)
    raise AssertionError("it does not come to an end")


def contents(project: Project) -> list[bytes]:
    """What is on the disk of a runner's state."""
    folder = project.root / "state"
    places = (folder / "demo.json", folder / "demo.journal")
    return [path.read_bytes() for path in places if path.exists()]


def made(here: Ground) -> list[dict[str, Any]]:
    """Every job of ours that was ever paid for, oldest first."""
    return [each for each in here.box.made("jobs") if each["id"] != here.others[1]]


def statuses(here: Ground) -> list[str]:
    """How they stand."""
    return [each["status"] for each in made(here)]


def live_files(here: Ground) -> list[str]:
    """The names of our files that are there."""
    files = [f for f in here.box.made("files") if not f["deleted_at"] and f["id"] != here.others[0]]
    return [file["filename"].split(".")[1] for file in files]


def ids(here: Ground) -> dict[str, str]:
    """Address of a job → the id that it stands for."""
    return {str(a): record.id for a, record in here.state.records.items() if a.kind == "jobs"}


def later(here: Ground, seconds: float) -> None:
    """Time passes at the endpoint."""
    here.clock.now += seconds


def running(here: Ground) -> None:
    """Every job is past its validation."""
    later(here, 6)


def dies_when(here: Ground, is_there: Callable[[], bool]) -> None:
    """An apply that dies at the first instant at which this is so."""

    def strike(_: Instant) -> bool:
        return is_there()

    assert here.struck(strike, APPLY) is None


def paid(here: Ground) -> int:
    """How many jobs of ours there are, told by the store itself."""
    count: int = here.store.all("SELECT COUNT(*) FROM jobs")[0][0]
    return count - 1


def test_01_two_specs_swap_their_names(here: Ground) -> None:
    """Both jobs are adopted under the other's name; also after the state was lost."""
    declare(here, a=job("F1"), b=job("F2"))
    apply(here)
    was = ids(here)
    declare(here, a=job("F2"), b=job("F1"))
    assert actions(plan(here)) == {"jobs.a": "adopt", "jobs.b": "adopt"}
    here.project.lose_state()
    assert actions(plan(here))["jobs.a"] == "adopt"
    converge(here)
    assert (ids(here)["jobs.a"], ids(here)["jobs.b"]) == (was["jobs.b"], was["jobs.a"])
    running(here)
    assert statuses(here) == ["running", "running"]


def test_02_renamed_and_the_old_name_is_used_again(here: Ground) -> None:
    """The new name adopts the old job, and only the new data is paid for."""
    declare(here, a=job("F1"))
    apply(here)
    declare(here, b=job("F1"), a=job("F2"))
    assert actions(plan(here))["jobs.b"] == "adopt"
    converge(here)
    first, second = (each["id"] for each in made(here))
    assert ids(here) == {"jobs.b": first, "jobs.a": second}


def test_03_a_later_generation_survives_a_lost_state(here: Ground) -> None:
    """The job of generation 2 is adopted, for nothing."""
    declare(here, a=job(generation=2))
    apply(here)
    here.project.lose_state()
    assert actions(plan(here))["jobs.a"] == "adopt"
    converge(here)
    assert len(made(here)) == 1


def test_04_a_retry_is_not_taken_for_the_next_generation(here: Ground) -> None:
    """One new job; the second try of generation 1 does not stand for generation 2."""
    retry = {"max": 1, "on": ["server_error"]}
    here.box.fault("broken_jobs", times=1)
    declare(here, a=job(retry=retry))
    apply(here)
    later(here, TRAINING + 60)
    apply(here)
    later(here, TRAINING + 60)
    declare(here, a=job(retry=retry, generation=2))
    converge(here)
    running(here)
    assert statuses(here) == ["failed", "succeeded", "running"]
    attempts = [each["metadata"]["reconciler_attempt"] for each in made(here)]
    assert attempts == ["1.1", "1.2", "2.1"]


def test_05_going_back_to_an_earlier_generation(here: Ground) -> None:
    """Its job is adopted, for nothing."""
    declare(here, a=job())
    apply(here)
    later(here, TRAINING + 60)
    declare(here, a=job(generation=2))
    apply(here)
    declare(here, a=job())
    assert actions(plan(here)) == {"jobs.a": "adopt"}
    converge(here)
    assert ids(here)["jobs.a"] == made(here)[0]["id"]
    assert statuses(here) == ["succeeded", "cancelled"]


def test_06_a_second_address_of_an_adopted_spec_is_paid_for_once(here: Ground) -> None:
    """It is created once, with a warning that the manifest pays for both."""
    declare(here, a=job())
    apply(here)
    declare(here, b=job())
    apply(here)
    declare(here, b=job(), c=job())
    document = plan(here)
    assert actions(document) == {"jobs.c": "create"}
    warned = [f["address"] for f in document["findings"] if f["severity"] == "warning"]
    assert "jobs.c" in warned
    converge(here)
    assert len(set(ids(here).values())) == len(made(here)) == 2


def test_07_a_moved_file_whose_old_name_is_declared_again(here: Ground) -> None:
    """One more upload of the same bytes, and it converges."""
    declare(here, {"g": "same"})
    apply(here)
    declare(here, {"h": "same"})
    here.project.save(moved=[{"from": "files.g", "to": "files.h"}])
    apply(here)
    declare(here, {"h": "same", "g": "same"})
    converge(here)
    assert len(live_files(here)) == 2
    assert len(here.box.made("files")) == 3  # with the one of others


def test_08_a_cancelled_spec_takes_over_the_run_of_a_removed_address(here: Ground) -> None:
    """The one that is left adopts the other's job; nothing is cancelled, nothing is paid."""
    declare(here, a=job(), b=job())
    apply(here)
    theirs = ids(here)["jobs.b"]
    here.box.send("POST", f"/fine_tuning/jobs/{ids(here)['jobs.a']}/cancel")
    declare(here, a=job())
    assert actions(plan(here)) == {"jobs.a": "adopt"}
    converge(here)
    assert ids(here) == {"jobs.a": theirs}
    running(here)
    assert sorted(statuses(here)) == ["cancelled", "running"]


def test_09_two_runners_with_empty_disks(here: Ground) -> None:
    """One job is kept, the other cancelled, and neither runner sees a standing failure."""
    declare(here, a=job())
    other = here.project.beside("elsewhere")
    here.box.fault("lag", seconds=60)
    apply(here)
    other.run("apply", "--yes", *FREE).ended(0)
    later(here, 61)
    converge(here)
    converge(here, project=other)
    converge(here)
    assert sorted(statuses(here)) == ["cancelled", "running"]
    assert other.record("jobs.a")["id"] == ids(here)["jobs.a"]
    assert len(live_files(here)) == 1


def unsettled(here: Ground) -> None:
    """An apply whose job is made, its reply is lost, and no list shows it for a minute."""
    declare(here, a=job())
    here.box.fault("lag", path=JOBS, seconds=60)
    here.box.fault("cut_after", method="POST", path=JOBS, times=1)
    apply(here, 5)
    assert paid(here) == 1


def test_10_renamed_while_its_create_is_in_doubt(here: Ground) -> None:
    """No second job while the intent is pending; then the first one is adopted."""
    unsettled(here)
    declare(here, b=job())
    assert actions(plan(here))["jobs.b"] == "waiting"
    apply(here, 5)
    assert paid(here) == 1
    later(here, 61)
    converge(here)
    assert list(ids(here)) == ["jobs.b"]
    assert statuses(here) == ["running"]


def test_11_a_process_that_stalls_longer_than_settle_does_not_send(here: Ground) -> None:
    """The late send does not happen: its intent promised so."""
    declare(here, {"f1": "f1"})
    apply(here)
    declare(here, a=job())
    append, lost = LocalBackend.append, [0.0]

    def stalling(backend: LocalBackend, line: bytes) -> None:
        append(backend, line)
        if b'"begin"' in line:
            later(here, SETTLE + 1000)
            lost[0] += SETTLE + 1000

    with (
        patch.object(LocalBackend, "append", stalling),
        patch("reconciler.cli.verbs.workspace.uptime", lambda: uptime() + lost[0]),
    ):
        apply(here, 1)
    assert paid(here) == 0
    converge(here)
    assert len(made(here)) == 1


def test_12_a_file_that_an_unsettled_create_reads_is_kept(here: Ground) -> None:
    """The file of a removed job stays until its create is settled; then both go."""
    unsettled(here)
    declare(here)
    assert actions(plan(here))["files.f1"] == "waiting"
    apply(here, 5)
    assert live_files(here) == ["f1"]
    later(here, 61)
    converge(here)
    assert statuses(here) == ["cancelled"]
    assert live_files(here) == []


def test_13_a_late_upload_of_content_that_is_replaced_meanwhile(here: Ground) -> None:
    """The late file is found, deposed and deleted; nothing leaks."""
    declare(here, {"f": "old"})
    here.box.fault("lag", path="/v1/files", seconds=60)
    here.box.fault("cut_after", method="POST", path="/v1/files", times=1)
    apply(here, 5)
    declare(here, {"f": "new"})
    here.project.run("apply", "--yes", *FREE)
    later(here, 61)
    converge(here)
    assert live_files(here) == ["f"]
    assert len(here.box.made("files")) == 3
    assert not here.state.pending


def test_14_no_paid_create_right_after_a_lost_state(here: Ground) -> None:
    """Nothing is paid before settle is over; then the job is adopted."""
    here.box.fault("lag", path=JOBS, seconds=60)
    declare(here, a=job())
    apply(here)
    here.project.lose_state()
    apply(here, 5)
    assert paid(here) == 1
    later(here, 61)
    converge(here)
    assert statuses(here) == ["running"]


def test_15_a_model_that_was_deleted_outside(here: Ground) -> None:
    """Declared again, it is a standing failure that says so; nothing is trained."""
    declare(here, a=job())
    apply(here)
    later(here, TRAINING + 60)
    apply(here)
    declare(here, {"f1": "f1"})
    apply(here)
    here.box.send("DELETE", f"/models/{made(here)[0]['fine_tuned_model']}")
    declare(here, a=job())
    assert "its model was deleted" in converge(here, 1).err
    assert statuses(here) == ["succeeded"]


def test_16_equal_jobs_are_interchangeable(here: Ground) -> None:
    """When the data of two specs swaps, what is needed is adopted and never cancelled."""
    declare(here, a=job("F1"), b=job("F1"), c=job("F2"))
    apply(here)
    declare(here, a=job("F2"), b=job("F2"), c=job("F1"))
    converge(here)
    running(here)
    by_id = {each["id"]: each["status"] for each in made(here)}
    assert [by_id[id_] for id_ in ids(here).values()] == ["running"] * 3
    assert len(set(ids(here).values())) == 3
    assert sorted(by_id.values()) == ["cancelled", "running", "running", "running"]


def test_17_a_retry_after_a_lost_state_is_planned_the_same_twice(here: Ground) -> None:
    """The first plan says CREATE try 2, and so does the second."""
    here.box.fault("broken_jobs", times=1)
    declare(here, a=job(retry={"max": 1, "on": ["server_error"]}))
    apply(here)
    later(here, TRAINING + 60)
    here.project.lose_state()
    apply(here, 5)
    later(here, SETTLE + 61)
    first, second = plan(here), plan(here)
    assert first["changes"] == second["changes"]
    tries = {c["address"]: c["attempt"] for c in first["changes"]}
    assert tries["jobs.a"] == "1.2"
    converge(here)
    assert len(made(here)) == 2


def test_18_protection_that_was_taken_back_before_the_block_was_removed(here: Ground) -> None:
    """It is removed; the guard does not outlive the commit that lifted it."""
    declare(here, a=job(protect=True))
    apply(here)
    declare(here)
    apply(here, 3)
    declare(here, a=job(protect=False))
    apply(here)
    declare(here, {"f1": "f1"})
    converge(here)
    assert statuses(here) == ["cancelled"]


def test_19_a_revert_while_the_first_job_still_runs(here: Ground) -> None:
    """The first is adopted, the second cancelled, one payment each."""
    declare(here, a=job("F1"))
    apply(here)
    declare(here, a=job("F2"))
    dies_when(here, lambda: paid(here) == 2)
    declare(here, a=job("F1"))
    later(here, SETTLE + 61)
    converge(here)
    assert statuses(here) == ["running", "cancelled"]


def test_20_killed_between_create_and_cancel_of_a_replace(here: Ground) -> None:
    """The old id is deposed, and the next apply retires it."""
    declare(here, a=job("F1"))
    apply(here)
    old = ids(here)["jobs.a"]
    declare(here, a=job("F2"))
    dies_when(here, lambda: old in here.state.deposed)
    running(here)
    assert statuses(here) == ["running", "running"]
    converge(here)
    assert statuses(here) == ["cancelled", "running"]


def test_21_the_manifest_is_edited_after_an_interrupted_create(here: Ground) -> None:
    """The interrupted job is found, becomes deposed and is cancelled; no orphan."""
    declare(here, a=job("F1"))
    dies_when(here, lambda: paid(here) == 1)
    declare(here, a=job("F2"))
    later(here, SETTLE + 61)
    converge(here)
    running(here)
    assert statuses(here) == ["cancelled", "running"]
    assert live_files(here) == ["f2"]


def test_22_a_file_expired_while_its_job_is_queued(here: Ground) -> None:
    """Nothing is uploaded, nothing is trained."""
    declare(here, a=job())
    here.project.manifest["files"]["f1"]["expires_after"] = {"seconds": 3600}
    here.project.save()
    apply(here)
    here.box.fault("unknown_status", path=f"{JOBS}*", status="queued")
    later(here, 3700)
    converge(here)
    assert live_files(here) == []
    assert len(here.box.made("files")) == 2
    assert len(made(here)) == 1


def test_23_two_environments_in_one_api_project(here: Ground) -> None:
    """Each has its own objects, and neither plans anything about the other's."""
    declare(here, a=job())
    empty: Entry = {"dev": {}, "prod": {}}
    here.project.save(environments=empty)
    for name in empty:
        here.project.run("apply", "--env", name, "--yes", *FREE).ended(0)
    assert len(made(here)) == 2
    for name in empty:
        said = here.project.run("plan", "--env", name, "--detailed-exitcode").ended(0)
        assert "Plan: nothing to do" in said.out
    gone = ("destroy", "--env", "dev", "--yes")
    here.project.run(*gone).ended(0)
    running(here)
    assert sorted(statuses(here)) == ["cancelled", "running"]
    said = here.project.run("plan", "--env", "prod", "--detailed-exitcode").ended(0)
    assert "Plan: nothing to do" in said.out


def test_24_the_key_of_another_organisation(here: Ground) -> None:
    """Everything looks gone, so the plan is refused or unsettled and nothing is sent."""
    declare(here, a=job("F1"), b=job("F2"), c=job("F3"))
    apply(here)
    here.box.fault("lag", seconds=1_000_000)
    here.box.fault("server_error", path=f"{JOBS}/*", status=404, message="No such job")
    here.box.fault("server_error", path="/v1/files/*", status=404, message="No such file")
    writes = here.door.writes
    assert here.project.run("apply", "--yes").code in (3, 5)
    declare(here, {"new": "new"}, a=job("F4"), b=job("F2"), c=job("F3"))
    assert here.project.run("apply", "--yes").code in (3, 5)
    assert here.door.writes == writes
    here.box.heal()


def test_25_a_job_removed_while_running_then_declared_again(here: Ground) -> None:
    """We cancelled it, and the standing failure says so; generation 2 runs it."""
    declare(here, a=job())
    apply(here)
    declare(here, {"f1": "f1"})
    apply(here)
    declare(here, a=job())
    assert "was cancelled by reconciler" in converge(here, 1).err
    declare(here, a=job(generation=2))
    converge(here)
    running(here)
    assert statuses(here) == ["cancelled", "running"]
