"""`state rebuild`: a state that is damaged or lost, made anew from what is live."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.backends import Holder, open_backend
from reconciler.core.formats import FORMAT
from tests.support.cli import KEY, Project, Sandbox, Terminal, dataset
from tests.support.sealed import resealed


def flipped(text: str) -> str:
    """A state with one letter changed."""
    return text.replace("jobs.bot", "jobs.bat")


@pytest.fixture
def damaged(served: Project) -> Project:
    """Everything was made, and then the state was damaged."""
    served.run("apply", "--yes", "--wait").ended(0)
    served.write("state/demo.json", flipped(served.read("state/demo.json")))
    return served


def test_a_damaged_state_is_made_anew(damaged: Project, box: Sandbox) -> None:
    """What is live is recorded, what cannot be known is said, and the damaged file is kept."""
    before = damaged.read("state/demo.json")
    ids = {made["id"] for kind in ("files", "jobs") for made in box.made(kind)}
    writes = box.writes()
    said = damaged.run("state", "rebuild", "--yes").ended(0)
    assert said.out.startswith("demo · compatible · http://127.0.0.1:")
    assert " · the state is damaged\n\n" in said.out
    assert all(id_ in said.out for id_ in ids)
    assert "\nRebuild: 2 to record · $0\n" in said.out
    assert "  not known     what was under way: no job is paid for until " in said.out
    assert said.out.endswith("Rebuilt: 2 recorded · serial 1\n  kept  state/demo.json.damaged-1\n")
    assert said.err == "next: reconciler plan\n"
    assert damaged.read("state/demo.json.damaged-1") == before
    assert damaged.run("plan").ended(0).out.endswith("nothing to do · 1 file, 1 job in sync\n")
    assert box.writes() == writes
    assert damaged.state["records"]["jobs.bot"]["facts"]["fine_tuned_model"].startswith("ft:")


def test_what_is_in_use_stays_in_use(served: Project) -> None:
    """The file of `outputs` tells it; without it nobody promotes over what is not known."""
    served.save(models={"prod": {"job": "bot"}}, outputs={"file": "models.json"})
    served.run("apply", "--yes", "--wait").ended(0)
    before = served.read("models.json")
    never = {"messages": [{"role": "user", "content": "?"}], "expect": {"contains": "zzz-never"}}
    served.save(
        jobs={"bot": served.manifest["jobs"]["bot"] | {"seed": 9}},
        models={"prod": {"job": "bot", "checks": [never]}},
    )
    served.run("apply", "--yes", "--wait").ended(1)
    served.write("state/demo.json", flipped(served.read("state/demo.json")))
    said = served.run("state", "rebuild", "--yes", "--settle", "0s").ended(0)
    assert "  in use        models.prod: ft:" in said.out
    assert "not found" not in said.out
    served.run("apply", "--yes").ended(1)
    assert served.read("models.json") == before
    served.write("state/demo.json", flipped(served.read("state/demo.json")))
    (served.root / "models.json").unlink()
    said = served.run("state", "rebuild", "--yes", "--json").ended(0)
    assert said.json["aliases"] == {"models.prod": ""}
    assert "models.prod is not promoted" in served.run("apply", "--yes").ended(5).err


def emptied(state: Path) -> None:
    """Nothing is left in the newest two records of the log."""
    for record in sorted((state / "log").iterdir())[-2:]:
        record.write_bytes(b"")


def without_document(state: Path) -> None:
    """A rule of the bucket removed what is old."""
    for document in (state / "documents").iterdir():
        document.unlink()


@pytest.mark.parametrize("damage", [emptied, without_document])
def test_damage_in_a_store_is_not_mended_by_locking_it(
    served: Project, box: Sandbox, damage: Callable[[Path], None]
) -> None:
    """An apply that erased the record of an intent would pay for it again."""
    served.save(state={"backend": f"file://{served.root}/shared"})
    served.run("apply", "--yes", "--wait").ended(0)
    damage(served.root / "shared/demo")
    before = box.writes()
    for command in (("plan",), ("apply", "--yes"), ("plan",), ("state", "list")):
        error = served.run(*command).ended(3).error
        assert error["what"] == "refused: the state is damaged"
    moving = served.run("state", "migrate", "--to", "state/moved.json", "--yes").ended(3)
    assert moving.error["what"] == "refused: the state is damaged"
    said = served.run("state", "rebuild", "--yes").ended(0)
    assert " · the state is damaged\n\n" in said.out
    assert "\n  kept  file:///" in said.out
    assert "in sync" in served.run("plan").ended(0).out
    assert box.writes() == before


def test_a_state_that_can_be_read_is_not_touched(served: Project) -> None:
    """To rebuild it would lose what no marker tells."""
    served.run("apply", "--yes").ended(0)
    before = served.read("state/demo.json")
    error = served.run("state", "rebuild", "--yes").ended(3).error
    assert error["what"] == "refused: the state can be read"
    assert served.read("state/demo.json") == before


NEWER = (b'"version": %d' % FORMAT, b'"version": 9')
OTHERS: dict[str, Callable[[Project], Any]] = {
    "newer": lambda project: project.write(
        "state/demo.json", resealed(project.read("state/demo.json").encode(), *NEWER)
    ),
    "of another owner": lambda project: project.save(
        project="other", state={"backend": "state/demo.json"}
    ),
    "of another organisation": lambda project: project.save(
        provider={"kind": "compatible", "organization": "org-2"}
    ),
}


@pytest.mark.parametrize("case", OTHERS)
def test_what_is_no_damage_is_not_mended(served: Project, case: str) -> None:
    """A state that is newer, or somebody else's, is refused as ever."""
    served.run("apply", "--yes").ended(0)
    OTHERS[case](served)
    before = served.read("state/demo.json")
    error = served.run("state", "rebuild", "--yes").ended(3).error
    assert "the state is of format 9" in error["what"] or "belongs to" in error["what"]
    assert served.read("state/demo.json") == before


def test_a_lost_state_is_made_anew(served: Project) -> None:
    """Also where its journal is all that is left; that is kept, too."""
    served.run("apply", "--yes", "--wait").ended(0)
    served.lose_state()
    assert "there is no state" in served.run("state", "rebuild", "--yes").ended(0).out
    assert served.run("plan", "--detailed-exitcode").ended(0)
    (served.root / "state/demo.json").unlink()
    served.write("state/demo.journal", "0123456789abcdef {}\n")
    assert "state rebuild" in served.run("plan").ended(3).error["cure"]
    said = served.run("state", "rebuild", "--yes", "--json").ended(0)
    assert said.json["set_aside"] == ["state/demo.journal.damaged-1"]
    assert served.run("plan", "--detailed-exitcode").ended(0)


def test_what_is_not_declared_any_more_is_kept_and_protected(
    damaged: Project, box: Sandbox
) -> None:
    """Whether it was protected is not known, so a person has to say that it may go."""
    damaged.save(files={}, jobs={})
    said = damaged.run("state", "rebuild", "--yes").ended(0)
    assert "not declared: it counts as protected\n" in said.out
    assert "jobs.bot" not in said.out  # it has ended: history
    damaged.write("data/new.jsonl", dataset(13))
    damaged.save(files={"new": {"path": "data/new.jsonl"}})
    box.advance(301)  # until then a job that no list shows may read it
    assert "files.train is protected" in damaged.run("apply", "--yes").ended(3).err
    damaged.run("apply", "--yes", "--allow-protected", "files.train").ended(0)
    assert list(damaged.state["records"]) == ["files.new"]


def test_where_nothing_of_ours_is_live_nothing_is_rebuilt(damaged: Project, box: Sandbox) -> None:
    """That is rather a wrong key than a clean-up, and an empty state pays for everything again."""
    before = damaged.read("state/demo.json")
    for file in box.made("files"):
        box.send("DELETE", f"/files/{file['id']}")
    damaged.save(jobs={})
    error = damaged.run("state", "rebuild", "--yes").ended(3).error
    assert error["what"] == "refused: nothing live is of demo"
    assert damaged.read("state/demo.json") == before


def test_nobody_is_there_to_say_yes(damaged: Project) -> None:
    """Exit 64, and nothing is changed."""
    before = damaged.read("state/demo.json")
    said = damaged.run("state", "rebuild").ended(64)
    assert said.error["cure"] == "reconciler state rebuild --yes"
    assert damaged.read("state/demo.json") == before


@pytest.mark.parametrize(("answer", "code"), [("n\n", 3), ("y\n", 0)])
def test_a_person_is_asked(damaged: Project, answer: str, code: int) -> None:
    """With what it would be made of before their eyes."""
    with Terminal(damaged, "state", "rebuild") as terminal:
        shown = terminal.until("Rebuild the state of demo from these 2? [y/N]")
        assert "jobs.bot" in shown
        terminal.press(answer)
        said = terminal.end().ended(code)
    assert ("Nothing was changed." in said.out) is (code != 0)
    assert (damaged.root / "state/demo.json.damaged-1").exists() is (code == 0)


def test_a_program_gets_values(damaged: Project) -> None:
    """One document."""
    document = damaged.run("state", "rebuild", "--yes", "--json").ended(0).json
    assert document["records"]["jobs.bot"]["declared"] is True
    assert document["not_found"] == document["not_recorded"] == []
    assert document["quiet_until"] > 0
    assert document["set_aside"] == ["state/demo.json.damaged-1"]
    assert KEY not in json.dumps(document)


def test_a_rebuild_waits_for_the_lock(damaged: Project) -> None:
    """As everything that writes the state."""
    who = Holder("7c1e04", "ci", "here", 1, "2026-11-23T14:02:07Z", "apply")
    with open_backend("state/demo.json", damaged.root).lock(who):
        said = damaged.run("state", "rebuild", "--yes").ended(4)
    assert "reconciler state rebuild --lock-timeout 10m" in said.err


def test_the_other_cure_is_named_where_there_is_a_backup(damaged: Project) -> None:
    """The newest one, by its name."""
    said = damaged.run("plan").ended(3)
    assert said.error["cure"].startswith("reconciler state rebuild")
    newest = max((damaged.root / "state").glob("demo.json.bak-*"))
    assert f"or put {newest.name} in its place, as state/README.md says\n" in said.err
