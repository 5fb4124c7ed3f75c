"""Paths of a manifest stay below its folder."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.manifest.fence import Fence
from reconciler.manifest.paths import PathRefused, confine


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A manifest's folder with a dataset, beside a folder with a secret."""
    (tmp_path / "repo" / "data").mkdir(parents=True)
    (tmp_path / "repo" / "data" / "support.valid.jsonl").write_text("{}\n")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("secret")
    return tmp_path / "repo"


def refused(root: Path, text: str, *allowed: Path, must_exist: bool = True) -> PathRefused:
    """Why a path is refused."""
    with pytest.raises(PathRefused) as caught:
        confine(root, text, allowed, must_exist=must_exist)
    return caught.value


@pytest.mark.parametrize(
    "text",
    ["data/support.valid.jsonl", "./data//support.valid.jsonl", "data/../data/support.valid.jsonl"],
)
def test_a_file_below_the_folder(root: Path, text: str) -> None:
    """It is resolved, so that what is opened later is what was looked at."""
    assert confine(root, text) == root.resolve() / "data" / "support.valid.jsonl"


def test_a_link_that_stays_inside(root: Path) -> None:
    """A link within the folder is followed."""
    (root / "link").symlink_to("data/support.valid.jsonl")
    assert confine(root, "link").name == "support.valid.jsonl"


def test_a_folder_that_is_itself_a_link(root: Path) -> None:
    """The manifest's folder may be reached by a link."""
    (root.parent / "alias").symlink_to(root)
    assert confine(root.parent / "alias", "data/support.valid.jsonl").is_relative_to(root.resolve())


@pytest.mark.parametrize(
    "text", ["../outside/secret", "data/../../outside/secret", "/etc/passwd", "/", "../repo2/x"]
)
@pytest.mark.parametrize("must_exist", [True, False])
def test_a_path_that_leads_out(root: Path, text: str, must_exist: bool) -> None:
    """Neither `..` nor an absolute path leaves the folder, whether it exists or not."""
    assert refused(root, text, must_exist=must_exist).code == "path-outside"


@pytest.mark.parametrize("target", ["../outside/secret", "../outside", "/etc/passwd", "../nothing"])
@pytest.mark.parametrize("must_exist", [True, False])
def test_a_link_that_leads_out(root: Path, target: str, must_exist: bool) -> None:
    """A link out is refused, also as a folder on the way and also when it dangles."""
    (root / "link").symlink_to(target)
    text = "link/secret" if target == "../outside" else "link"
    assert refused(root, text, must_exist=must_exist).code == "path-outside"


def test_an_allowed_folder_opens_the_way(root: Path) -> None:
    """What the operator allowed may be named absolutely or by `..`, and nothing else may."""
    outside = root.parent / "outside"
    assert confine(root, "../outside/secret", [outside]) == (outside / "secret").resolve()
    assert confine(root, str(outside / "secret"), [outside]) == (outside / "secret").resolve()
    assert refused(root, "/etc/passwd", outside).cure == "`--allow-path DIR` opens it"


@pytest.mark.parametrize("text", ["data", "."])
def test_a_folder_is_no_file(root: Path, text: str) -> None:
    """A folder is named as one."""
    assert refused(root, text).what == f"{text} is a folder, not a file"


@pytest.mark.parametrize("must_exist", [True, False])
def test_a_pipe_is_no_file(root: Path, must_exist: bool) -> None:
    """A pipe would hang whoever opens it."""
    os.mkfifo(root / "pipe")
    assert refused(root, "pipe", must_exist=must_exist).code == "not-a-file"


def test_a_device_is_no_file(root: Path) -> None:
    """A device below an allowed folder is refused too."""
    assert refused(root, "/dev/zero", Path("/dev")).code == "not-a-file"


def test_the_repository_itself_is_closed(root: Path) -> None:
    """A checkout's configuration holds the runner's token."""
    (root / ".git").mkdir()
    (root / ".git" / "config").write_text("token")
    assert refused(root, ".git/config").code == "forbidden-path"


@pytest.mark.parametrize("name", [".GIT", ".Git ", ".git.", "GIT~1", ".g\u200cit", ".git"])
def test_the_repository_by_another_name(root: Path, name: str) -> None:
    """What some file system takes for it is closed on all of them, with what is below."""
    (root / "sub" / name).mkdir(parents=True)
    (root / "sub" / name / "config").write_text("token")
    assert refused(root, f"sub/{name}/config").code == "forbidden-path"
    with pytest.raises(PathRefused, match=r"inside \.git"):
        Fence(root).confine(f"sub/{name}/config")


@pytest.mark.parametrize("name", [".gitignore", "git", ".github", ".git-old", "git~a"])
def test_what_only_resembles_the_repository(root: Path, name: str) -> None:
    """It is a folder like any other."""
    (root / name).mkdir()
    (root / name / "x").write_text("")
    path, _ = Fence(root).confine(f"{name}/x")
    assert path == str(confine(root, f"{name}/x"))


@pytest.mark.parametrize("text", ["", "a\0b", "loop"])
def test_paths_that_are_none(root: Path, text: str) -> None:
    """Empty, with NUL, a loop of links."""
    (root / "loop").symlink_to("loop")
    assert refused(root, text).code == "bad-path"


def test_a_path_that_is_too_long(root: Path) -> None:
    """The system's reason is given, and the path is cut."""
    error = refused(root, "x" * 5000)
    assert error.code == "unreadable"
    assert error.what.endswith("…: File name too long")


def test_a_missing_dataset_has_a_suggestion(root: Path) -> None:
    """The words are those of the reference."""
    error = refused(root, "data/suport.valid.jsonl")
    assert error.what == "no such dataset: data/suport.valid.jsonl"
    assert error.code == "missing-dataset"
    assert error.why == "paths start at the manifest's folder"
    assert error.cure == "did you mean data/support.valid.jsonl?"
    assert str(error) == error.what


def test_a_missing_folder_has_none(root: Path) -> None:
    """Where the folder is missing too, nothing is guessed."""
    assert refused(root, "dat/support.jsonl").cure == ""
    assert refused(root, "data/support.valid.jsonl/x").code == "missing-dataset"


def test_what_is_written_need_not_exist(root: Path) -> None:
    """A state file may be new, in a new folder."""
    expected = root.resolve() / "state" / "bots.json"
    assert confine(root, "state/bots.json", must_exist=False) == expected


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["..", ".", "data", "outside", "secret", "", "a"]), max_size=8))
def test_no_spelling_leaves_the_folder(root: Path, steps: list[str]) -> None:
    """Whatever the steps, what is allowed is below the folder."""
    try:
        path = confine(root, "/".join(steps), must_exist=False)
    except PathRefused:
        return
    assert path.is_relative_to(root.resolve())
