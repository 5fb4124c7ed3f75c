"""`reconciler fmt`: files put in order whole, with their mode and line ends, or not at all."""

from pathlib import Path

import pytest

from reconciler.backends.durable import write_beside
from tests.support.cli import Project

MESSY = "# mine\r\nproject: demo\r\nversion: 1 # first\r\ninclude: [teams/*.yaml]\r\n"
TIDY = "# mine\r\nversion: 1 # first\r\nproject: demo\r\ninclude: [teams/*.yaml]\r\n"
TEAM = "jobs:\n  b: {suffix: b}\n  # of a\n  a: {suffix: a}\nfiles:\n"
TEAM_TIDY = "files:\njobs:\n  # of a\n  a: {suffix: a}\n  b: {suffix: b}\n"


@pytest.fixture(name="messy")
def _messy(demo: Project) -> Project:
    """A manifest and what it includes, both out of order."""
    demo.write("reconciler.yaml", MESSY)
    demo.write("teams/one.yaml", TEAM).chmod(0o640)
    return demo


def test_the_manifest_and_its_includes_are_sorted(messy: Project) -> None:
    """Each in its place, with its mode; a second time nothing is to be done."""
    said = messy.run("fmt").ended(0)
    assert said.out == ("Sorted reconciler.yaml\nSorted teams/one.yaml\nSorted: 2 of 2 files\n")
    assert (messy.root / "reconciler.yaml").read_bytes() == TIDY.encode()
    assert messy.read("teams/one.yaml") == TEAM_TIDY
    assert (messy.root / "teams/one.yaml").stat().st_mode & 0o777 == 0o640
    assert messy.run("fmt").ended(0).out == "Sorted: nothing to do · 2 files\n"
    assert [path.name for path in (messy.root / "teams").iterdir()] == ["one.yaml"]


def test_check_shows_and_writes_nothing(messy: Project) -> None:
    """What would change, as a diff, and exit 1."""
    said = messy.run("fmt", "--check").ended(1)
    assert "--- reconciler.yaml\n+++ reconciler.yaml sorted\n" in said.out
    assert "+version: 1 # first\n project: demo\n-version: 1 # first\n" in said.out
    assert said.out.endswith("Not sorted: 2 of 2 files\n")
    assert said.err == "next: reconciler fmt\n"
    assert messy.read("teams/one.yaml") == TEAM
    assert messy.run("fmt", "--check", "--json").ended(1).json == {
        "files": [
            {"path": "reconciler.yaml", "was_sorted": False},
            {"path": "teams/one.yaml", "was_sorted": False},
        ],
        "written": False,
    }
    messy.run("fmt").ended(0)
    assert messy.run("fmt", "--check").ended(0).err == ""


def test_files_may_be_named(messy: Project) -> None:
    """Just these, wherever the manifest is; a link stays one."""
    (messy.root / "link.yaml").symlink_to("teams/one.yaml")
    assert messy.run("fmt", "link.yaml").ended(0).out == "Sorted link.yaml\nSorted: 1 of 1 file\n"
    assert (messy.root / "link.yaml").is_symlink()
    assert messy.read("teams/one.yaml") == TEAM_TIDY
    assert messy.read("reconciler.yaml").startswith("# mine\nproject")


def test_stdin_goes_to_stdout(demo: Project) -> None:
    """Byte for byte, for editors; with --check it is only judged."""
    (demo.root / "reconciler.yaml").unlink()
    assert demo.run("fmt", "-", stdin="\ufeff" + MESSY).ended(0).out == "\ufeff" + TIDY
    assert demo.run("fmt", "-", stdin=TIDY).ended(0).out == TIDY
    assert "--- -\n" in demo.run("fmt", "--check", "-", stdin=MESSY).ended(1).out
    said = demo.run("fmt", "-", "--check", "--json", stdin=MESSY).ended(1)
    assert said.json["files"] == [{"path": "-", "was_sorted": False}]
    said = demo.run("fmt", "-", "--json", stdin=MESSY).ended(64)
    assert said.json["error"]["what"] == "fmt - has no --json"
    assert demo.run("fmt", "-", "other.yaml").ended(64).error["cure"] == "leave the others out"


def test_all_mistakes_are_told_before_anything_is_written(messy: Project) -> None:
    """Of all files at once, with their places."""
    messy.write("bad.yaml", "a: 1\na: 2\n")
    messy.write("worse.yaml", "a: [\n")
    said = messy.run("fmt", "reconciler.yaml", "bad.yaml", "worse.yaml", "no.yaml").ended(65)
    assert "bad.yaml:2:1: error: duplicate key" in said.err
    assert "worse.yaml:2:1: error: this is not YAML" in said.err
    assert "no no.yaml here" in said.err
    assert messy.read("reconciler.yaml").startswith("# mine\nproject")
    demo = messy
    demo.write("reconciler.yaml", "include: [nowhere/*.yaml]\n")
    assert "matches no file" in demo.run("fmt").ended(65).err


def test_what_cannot_be_sorted_is_refused(demo: Project) -> None:
    """With its place, and nothing is written."""
    demo.write("reconciler.yaml", "project: |\n  b\nversion: |\n  1")
    error = demo.run("fmt").ended(3).error
    assert error["what"] == "refused: this cannot be sorted without changing what it says"
    assert error["where"] == "reconciler.yaml:1"
    assert demo.read("reconciler.yaml") == "project: |\n  b\nversion: |\n  1"


def test_what_somebody_wrote_meanwhile_is_kept(
    messy: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is not as it was read is not replaced."""

    def slow(path: Path, data: bytes) -> Path:
        path.write_text("# by somebody else\n", "utf-8")
        return write_beside(path, data)

    monkeypatch.setattr("reconciler.cli.verbs.manifest_file.write_beside", slow)
    assert "reconciler.yaml changed meanwhile" in messy.run("fmt").ended(3).err
    assert messy.read("reconciler.yaml") == "# by somebody else\n"
    assert not list(messy.root.glob("*.tmp-*"))


def test_a_sorted_manifest_plans_the_same(demo: Project) -> None:
    """Nothing that was made is made again."""
    demo.run("apply", "--yes", "--wait").ended(0)
    messy = dict(reversed(demo.manifest.items()))
    demo.manifest.clear()
    demo.save(**messy)
    assert demo.run("fmt").ended(0).out == "Sorted reconciler.yaml\nSorted: 1 of 1 file\n"
    assert "nothing to do" in demo.run("plan").ended(0).out
