"""The state moves to another place, and a manifest to another endpoint."""

import itertools
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest

from reconciler.backends import Backend, Holder, open_backend
from reconciler.backends.local import LocalBackend
from tests.support import s3
from tests.support.cli import Project, Sandbox
from tests.support.places import REMOTE, Place

MINE = Holder("7c1e04", "ci", "runner-12", 4411, "2026-11-23T14:02:07Z", "apply")


@pytest.fixture(params=list(REMOTE))
def place(request: pytest.FixtureRequest, tmp_path: Path, served: Project) -> Iterator[Place]:
    """Where the state is to go."""
    with REMOTE[request.param](tmp_path) as made, patch.dict("os.environ", made.environ):
        served.environ |= made.environ
        yield made


def client(project: Project, location: str) -> Backend:
    """A client of the project's state at a place."""
    environ = {**project.environ, "RECONCILER_STATE": location}
    return open_backend(location, project.root, label="demo", environ=environ)


def test_a_state_moves_with_its_journal(served: Project, box: Sandbox, place: Place) -> None:
    """All of it is there, byte by byte; the old one says so, and nothing is made anew."""
    served.run("apply", "--yes", "--wait").ended(0)
    old = client(served, "state/demo.json")
    with old.lock(MINE):
        old.append(b"a line that a killed run left")
    assert "damaged" in served.run("state", "migrate", "--to", place.location).ended(3).err
    (served.root / "state/demo.journal").unlink()
    before, sent = old.load(), box.writes()
    said = served.run("state", "migrate", "--to", place.location).ended(0)
    assert "of demo is now at" in said.out
    assert f"next: in the manifest, state: {{backend: {place.location}}}" in said.err
    with closing(client(served, place.location)) as new:
        assert new.load() == before
    refused = served.run("apply", "--yes").ended(3).error
    assert refused["what"].startswith("refused: the state has moved to ")
    assert served.run("state", "rebuild", "--yes").ended(3).error == refused
    served.save(state={"backend": place.location})
    assert "in sync" in served.run("plan", "--detailed-exitcode").ended(0).out
    assert box.writes() == sent
    back = served.run("state", "migrate", "--to", "state/back.json", "--json").ended(0).json
    assert back["migrated"] == "state/back.json"
    assert client(served, "state/back.json").load() == before
    assert "has moved to state/back.json" in served.run("plan").ended(3).err
    served.save(state={"backend": "state/back.json"})
    served.run("state", "migrate", "--to", place.location).ended(0)  # over what it left there
    with closing(client(served, place.location)) as new:
        assert new.load() == before


def test_a_copy_that_was_cut_short_goes_on(served: Project, tmp_path: Path) -> None:
    """With what is missing; and once more it says the same."""
    served.run("apply", "--yes").ended(0)  # its job runs on, so there is more to write later
    old, place = client(served, "state/demo.json"), "state/new.json"
    served.save(jobs={}, removed=[{"address": "jobs.bot", "keep": True}])
    lines = journal_of_a_killed_run(served, old)
    new = client(served, place)
    with new.lock(MINE):
        new.checkpoint(old.load().document or b"", 1)
        new.append(lines[0])
    before = old.load()
    served.run("state", "migrate", "--to", place).ended(0)
    assert new.load() == before
    assert "is now at state/new.json" in served.run("state", "migrate", "--to", place).ended(0).out


def test_over_another_state_nothing_is_written(served: Project) -> None:
    """It may have gone on since it was copied; then the old one stays as it is, too."""
    served.run("apply", "--yes").ended(0)
    old, new = client(served, "state/demo.json"), client(served, "state/new.json")
    before = old.load()
    with new.lock(MINE):
        new.checkpoint(before.document or b"", 1)
        new.append(b"what another run did")
    said = served.run("state", "migrate", "--to", "state/new.json").ended(3)
    assert "there is another state already" in said.err
    assert new.load().journal[-1] == b"what another run did"
    assert old.load() == before


@pytest.mark.parametrize("writes", range(3))
def test_a_move_that_is_killed_goes_on(served: Project, writes: int) -> None:
    """At any write: one of both can be used until it is run again, and then the new one alone."""
    served.run("apply", "--yes").ended(0)
    old, new = client(served, "state/demo.json"), client(served, "state/new.json")
    before, checkpoint, count = old.load(), LocalBackend.checkpoint, itertools.count()

    def dies(self: LocalBackend, document: bytes, serial: int) -> None:
        if next(count) == writes:
            raise KeyboardInterrupt
        checkpoint(self, document, serial)

    with patch.object(LocalBackend, "checkpoint", dies):
        killed = served.attempt("state", "migrate", "--to", "state/new.json").code != 0
    assert killed is (writes < 2)  # the copy, and what the old place says
    assert before in (old.load(), new.load())
    served.run("state", "migrate", "--to", "state/new.json").ended(0)
    assert new.load() == before
    assert "has moved to state/new.json" in served.run("plan").ended(3).err


def journal_of_a_killed_run(served: Project, backend: Backend) -> list[bytes]:
    """Lines of entries that are in no checkpoint."""
    written: list[bytes] = []

    def keeps(self: Backend, line: bytes) -> None:
        written.append(line)
        append(self, line)

    append = type(backend).append
    with (
        patch.object(type(backend), "append", keeps),
        patch.object(type(backend), "checkpoint", lambda *_: None),
    ):
        served.run("apply", "--yes")
    assert written
    return written


@pytest.mark.parametrize(
    ("words", "code", "what"),
    [
        ((), 64, "needs one of --to and --endpoint"),
        (("--to", "state/x.json", "--endpoint"), 64, "needs one of --to and --endpoint"),
        (("--to", "state/demo.json"), 64, "is at state/demo.json already"),
        (("--to", "./state/../state/demo.json"), 64, "is at state/demo.json already"),
        (("--to", "state/x.json"), 3, "there is no state to move"),
        (("--endpoint", "--yes"), 3, "there is no state to move"),
        (("--to", "ftp://x/y"), 64, "unknown state backend: ftp"),
    ],
)
def test_what_cannot_be_moved_is_said(
    served: Project, words: tuple[str, ...], code: int, what: str
) -> None:
    """Nothing is written."""
    assert what in served.run("state", "migrate", *words).ended(code).err


def test_a_manifest_moves_to_another_endpoint(served: Project, box: Sandbox) -> None:
    """Its old records are kept as history, and the plan says what the new one costs."""
    served.run("apply", "--yes", "--wait").ended(0)
    assert "belongs to the manifest's endpoint already" in (
        served.run("state", "migrate", "--endpoint", "--yes").ended(3).err
    )
    served.save(provider={"kind": "sandbox"})
    refused = served.run("plan").ended(3)
    assert "reconciler state migrate --endpoint" in refused.err
    assert "needs a yes" in served.run("state", "migrate", "--endpoint").ended(64).err
    said = served.run("state", "migrate", "--endpoint", "--yes").ended(0)
    assert "2 records of" in said.out
    assert "kept  state/demo.json.archived-1" in said.out
    assert "2 to create" in served.run("plan").ended(0).out
    assert box.writes() > 0


def test_what_is_unsettled_stays_with_its_endpoint(served: Project, box: Sandbox) -> None:
    """Whether it was made can only be known there."""
    box.fault("cut_after", method="POST", path="/v1/fine_tuning/jobs", times=1)
    box.fault("lag", path="/v1/fine_tuning/jobs", seconds=600)
    served.run("apply", "--yes").ended(5)
    served.save(provider={"kind": "sandbox"})
    said = served.run("state", "migrate", "--endpoint", "--yes").ended(5)
    assert "1 of the changes at http://127.0.0.1" in said.err


def test_who_types_a_place_is_the_operator(served: Project) -> None:
    """It need not be listed, as that of a manifest has to be; here it is not there."""
    served.run("apply", "--yes", "--wait").ended(0)
    place = "s3://nowhere-at-all"
    said = served.run("state", "migrate", "--to", place, **s3.server().environ).ended(1)
    assert "NoSuchBucket" in said.error["why"]
    served.save(state={"backend": place})
    assert "no state is kept at nowhere-at-all" in served.run("plan").ended(3).err
