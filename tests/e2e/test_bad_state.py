"""A state that cannot be used is refused and left as it is; without one nothing is sent."""

import errno
import os
from collections.abc import Callable

import pytest

from reconciler.backends import journal
from reconciler.core.formats import FORMAT
from tests.support.cli import Project, Sandbox
from tests.support.sealed import resealed

STATES: dict[str, Callable[[str], str]] = {
    "damaged": lambda text: text.replace("jobs.bot", "jobs.bat"),
    "truncated": lambda text: text[:300],
    "empty": lambda text: "",
    "no JSON": lambda text: "hello",
}


@pytest.mark.parametrize("case", STATES)
def test_a_damaged_state(demo: Project, case: str) -> None:
    """What was altered, cut or emptied is refused and left as it is."""
    demo.run("apply", "--yes").ended(0)
    damaged = STATES[case](demo.read("state/demo.json"))
    demo.write("state/demo.json", damaged)
    for command in (("plan",), ("apply", "--yes"), ("destroy", "--yes"), ("status",)):
        error = demo.run(*command).ended(3).error
        assert error["what"] == "refused: the state is damaged"
        assert error["where"] == "state/demo.json"
        assert "reconciler state rebuild" in error["cure"]
    assert demo.read("state/demo.json") == damaged


def test_a_newer_state(demo: Project) -> None:
    """A state of a newer version is not touched."""
    demo.run("apply", "--yes").ended(0)
    document = demo.read("state/demo.json").encode()
    old, new = (b'"version": %d' % version for version in (FORMAT, FORMAT + 1))
    demo.write("state/demo.json", resealed(document, old, new))
    error = demo.run("apply", "--yes").ended(3).error
    said = f"refused: the state is of format {FORMAT + 1}, this version reads {FORMAT}"
    assert error["what"] == said
    assert "upgrade" in error["cure"]


def test_a_state_of_another_owner(demo: Project) -> None:
    """Two projects never share a state."""
    demo.run("apply", "--yes").ended(0)
    demo.save(project="other", state={"backend": "state/demo.json"})
    said = demo.run("apply", "--yes").ended(3)
    assert said.error["what"] == "refused: the state belongs to demo, the manifest is of other"
    assert "was the project renamed? previous_projects: [demo]" in said.err


def test_a_project_that_was_renamed(served: Project, box: Sandbox) -> None:
    """It goes on with the state that it had, and with what it made."""
    served.run("apply", "--yes", "--wait").ended(0)
    moved = {"backend": "state/demo.json"}
    served.save(project="new", previous_projects=["demo"], state=moved)
    said = served.run("apply", "--yes").ended(0)
    assert "nothing to do" in said.out
    assert len(box.made("jobs")) == 1


def test_a_state_of_another_endpoint(served: Project, box: Sandbox) -> None:
    """A state is bound to its endpoint: elsewhere all its ids would seem gone."""
    served.run("apply", "--yes").ended(0)
    served.save(provider={"kind": "compatible", "base_url": "http://127.0.0.1:9/v1"})
    error = served.run("apply", "--yes").ended(3).error
    assert error["what"] == "refused: the state belongs to another endpoint"
    assert box.server.base_url in error["why"]


def test_a_state_in_the_way(demo: Project) -> None:
    """A file where the state's folder should be, or a folder where its file should be."""
    demo.write("state", "a file")
    said = demo.run("apply", "--yes").ended(1)
    assert said.error["what"] == "the simulator cannot start"
    assert "delete" not in said.error["cure"]  # the world in it is not to blame
    (demo.root / "state").unlink()
    (demo.root / "state/demo.json").mkdir(parents=True)
    said = demo.run("apply", "--yes")
    assert said.code in (1, 3)
    assert "state/demo.json" in said.error["where"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_state_folder(served: Project, box: Sandbox) -> None:
    """Where the state cannot be written nothing is sent."""
    (served.root / "state").mkdir(mode=0o555)
    said = served.run("apply", "--yes").ended(1)
    assert "permission denied" in said.err.lower()
    assert box.writes() == 0


def test_a_full_disk(served: Project, box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """An intent that cannot be written down is not acted on."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("reconciler.backends.local.write_beside", full)
    said = served.run("apply", "--yes").ended(1)
    assert "No space left on device" in said.err
    assert box.writes() == 0


def test_a_simulator_store_that_is_none(demo: Project) -> None:
    """A damaged store of the simulator is told, with what to delete."""
    demo.write("state/sandbox.db", "not a database, but long enough to be looked at" * 100)
    error = demo.run("plan").ended(1).error
    assert error["what"] == "the simulator cannot start"
    assert error["where"] == "state/sandbox.db"
    assert error["cure"].startswith("delete that file")
    (demo.root / "state/sandbox.db").unlink()
    pace = demo.run("plan", RECONCILER_SANDBOX_PACE="fast").ended(1).error
    assert "not a pace: 'fast'" in pace["why"]


def fills_after(lines: int, patch: pytest.MonkeyPatch) -> None:
    """The disk takes so many lines of the journal more."""
    add, count = journal._add, iter(range(lines))

    def full(fd: int, line: bytes) -> None:
        if next(count, None) is None:
            raise OSError(errno.ENOSPC, "full")
        add(fd, line)

    patch.setattr(journal, "_add", full)


def test_a_job_that_was_made_and_not_recorded(served: Project, box: Sandbox) -> None:
    """Its id is told, what is safe and what to do; the next apply adopts it, for nothing."""
    with pytest.MonkeyPatch.context() as patch:
        fills_after(3, patch)
        said = served.run("apply", "--yes").ended(1)
    (made,) = box.made("jobs")
    assert f"jobs.bot     created {made['id']}, not yet recorded (" in said.err
    assert "Apply: 1 done, 1 not recorded in " in said.out
    assert said.err.endswith(
        f"error: jobs.bot: job {made['id']} created, not yet recorded\n"
        "  where: state/demo.journal\n"
        "  why:   cannot add to the state's journal: No space left on device\n"
        "  cure:  free some disk space, then the same command again: it goes on from here\n"
        "         what was announced is in the state: the next apply adopts it, and nothing is "
        "paid twice\n"
        "next: reconciler apply   (goes on from here; nothing is paid twice)\n"
    )
    assert f"  ! jobs.bot  not recorded: created {made['id']}, not yet recorded\n" in said.out
    healed = served.run("apply", "--yes").ended(0)
    assert f"Settled: jobs.bot was created: {made['id']} carries op " in healed.out
    assert len(box.made("jobs")) == 1


def test_the_same_for_a_program(served: Project, box: Sandbox) -> None:
    """As JSON it is an event of its own, with the id."""
    with pytest.MonkeyPatch.context() as patch:
        fills_after(3, patch)
        *_, event, end = served.run("apply", "--yes", "--json").ended(1).lines
    assert event["type"] == "unrecorded"
    assert event["id"] == box.made("jobs")[0]["id"]
    assert event["error"]["where"] == "state/demo.journal"
    assert (end["done"], end["unrecorded"], end["exit_code"]) == (1, 1, 1)


def test_a_state_is_mended_without_a_key(served: Project, box: Sandbox) -> None:
    """What a state says can be read and put right where nothing of the endpoint is at hand."""
    served.run("apply", "--yes").ended(0)
    served.environ["OPENAI_API_KEY"] = ""
    before = box.requests()
    assert "2 recorded" in served.run("state", "list").ended(0).out
    served.run("state", "mv", "files.train", "files.other").ended(0)
    served.run("state", "forget", "jobs.bot").ended(0)
    served.run("state", "unlock", "7c1e04").ended(3)
    assert [*served.state["records"]] == ["files.other"]
    assert box.requests() == before
    assert "no key for compatible" in served.run("status").ended(1).err


def test_a_place_that_the_environment_says_wrong(demo: Project) -> None:
    """It is named as the source: the manifest has no such line."""
    said = demo.run("plan", RECONCILER_STATE="x.txt").ended(64)
    assert said.error["what"] == "not the name of a state file: x.txt"
    assert said.error["where"] == "RECONCILER_STATE"
    assert said.error["cure"] == "RECONCILER_STATE=state/demo.json"
    demo.save(state={"backend": "x.txt"})
    assert demo.run("plan").ended(64).error["where"] == "state.backend"
    assert demo.run("plan", RECONCILER_STATE="state/demo.json").ended(0)
