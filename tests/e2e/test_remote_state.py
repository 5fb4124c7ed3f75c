"""A state that a team shares: the same commands, and nothing of it on the runner's disk."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest

from reconciler.backends import Backend, Holder, open_backend
from tests.support.cli import Project, Sandbox
from tests.support.places import REMOTE, Place

RIVAL = Holder("c0ffee", "ci", "runner-7", 88, "2026-11-23T14:02:07+00:00", "apply", "https://ci/7")


@pytest.fixture(params=list(REMOTE))
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Where the state is."""
    with REMOTE[request.param](tmp_path) as made, patch.dict("os.environ", made.environ):
        yield made


@pytest.fixture
def shared(served: Project, place: Place) -> Project:
    """The project, with its state there."""
    served.save(state={"backend": place.location})
    served.environ |= place.environ
    return served


@pytest.fixture
def rival(shared: Project, place: Place) -> Iterator[Backend]:
    """Another runner's client of the same state."""
    made = open_backend(place.location, shared.root, label="demo", environ=shared.environ)
    with closing(made):
        yield made


def test_a_runner_needs_no_disk(shared: Project, box: Sandbox, place: Place) -> None:
    """What one runner made the next one knows, in CI without a flag; its disk has nothing of it."""
    shared.run("apply", "--yes", "--wait", CI="true").ended(0)
    sent = box.writes()
    assert "in sync" in shared.run("plan", "--detailed-exitcode").ended(0).out
    shared.run("apply", "--yes", "--wait", CI="true").ended(0)
    assert box.writes() == sent
    assert not list(shared.root.glob("state/demo*"))
    listed = shared.run("state", "list", "--json").ended(0).json
    assert set(listed["records"]) == {"files.train", "jobs.bot"}


def test_a_lock_shows_its_holder(shared: Project, rival: Backend, box: Sandbox) -> None:
    """A second apply is told who and which CI run, and sends nothing; a plan goes on and warns."""
    with rival.lock(RIVAL):
        said = shared.run("apply", "--yes").ended(4)
        assert said.error["what"] == "the state is locked by another apply"
        assert "ci@runner-7, pid 88" in said.error["why"]
        assert "https://ci/7" in said.error["why"]
        assert "reconciler state unlock c0ffee" in said.err
        warned = shared.run("plan").ended(0)
        assert "warning: apply is running; this may be old" in warned.err
        assert ", lock c0ffee\n  why:   ci@runner-7, pid 88, since " in warned.err
        assert box.writes() == 0


def test_a_lock_of_a_dead_run_is_taken_away(shared: Project, rival: Backend) -> None:
    """By its id alone; what its holder had not done is done by the next apply."""
    with rival.lock(RIVAL):
        refused = shared.run("state", "unlock", "000000").ended(3)
        assert "another one is there: apply by ci@runner-7, pid 88, since " in refused.err
        assert "c0ffee" not in refused.err
        shared.run("state", "unlock", "c0ffee").ended(0)
        shared.run("apply", "--yes", "--wait").ended(0)


def test_a_damaged_state_is_rebuilt(shared: Project, rival: Backend) -> None:
    """What cannot be read is kept where it was, and the state is made anew from what is live."""
    shared.run("apply", "--yes", "--wait").ended(0)
    with rival.lock(RIVAL):
        rival.append(b"what follows no checkpoint")
    assert "damaged" in shared.run("plan").ended(3).err
    rebuilt = shared.run("state", "rebuild", "--yes", "--json").ended(0).json
    assert len(rebuilt["set_aside"]) == 2
    assert "in sync" in shared.run("plan", "--detailed-exitcode").ended(0).out


def test_a_backup_is_put_in_a_place_of_its_own(
    shared: Project, rival: Backend, place: Place
) -> None:
    """As the page on shared state says: what it lacks is found by its markers, for nothing."""
    shared.run("apply", "--yes", "--wait").ended(0)
    shared.manifest["jobs"]["more"] = {**shared.manifest["jobs"]["bot"], "seed": 8}
    shared.save()
    shared.run("apply", "--yes", "--wait").ended(0)
    oldest = rival.backups()[-1]
    shared.write("state/demo.json", oldest.read_bytes())
    shared.save(state={"backend": "state/demo.json"})
    there = f"{place.location}-again" if "s3" in place.location else "state/again.json"
    shared.run("state", "migrate", "--to", there, "--yes").ended(0)
    shared.save(state={"backend": there})
    said = shared.run("apply", "--yes", "--settle", "0s").ended(0)
    assert "adopt" in said.out
    assert "+" not in said.out
    assert "in sync" in shared.run("plan", "--detailed-exitcode").ended(0).out
