"""Which commit a manifest is of, from a real checkout; what cannot be known is no failure."""

import os
import subprocess
from pathlib import Path

import pytest

from reconciler.cli.verbs import checkout
from reconciler.cli.verbs.checkout import DIRTY, commit_at
from reconciler.rig import Author

SETTINGS = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=m")
ENVIRON = {"PATH": os.environ["PATH"]}


def git(folder: Path, *arguments: str) -> str:
    """What git says, run by a person."""
    said = subprocess.run(
        ["git", *SETTINGS, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return said.stdout.strip()


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder of a repository, with a manifest, a state and one commit."""
    folder = tmp_path / "bots"
    (folder / "state").mkdir(parents=True)
    for name in ("reconciler.yaml", "state/bots.json", "../other.txt"):
        (folder / name).write_text("1")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    return folder


def test_a_checkout(here: Path) -> None:
    """Its commit, marked once a tracked file of the manifest's folder differs."""
    head = git(here, "rev-parse", "HEAD")
    assert commit_at(here, ENVIRON) == head
    (here / "state/bots.json").write_text("an apply writes it")
    (here / "../other.txt").write_text("elsewhere")
    (here / "untracked").write_text("2")
    assert commit_at(here, ENVIRON) == head
    (here / "reconciler.yaml").write_text("2")
    assert commit_at(here, ENVIRON) == head + DIRTY
    assert commit_at(here, {**ENVIRON, "GITHUB_SHA": "3ab1f20"}) == "3ab1f20"


def test_nothing_is_asked_of_a_folder_without_a_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No process is started."""
    monkeypatch.setattr(checkout, "_git", lambda *_: pytest.fail("git was started"))
    assert commit_at(tmp_path, ENVIRON) == ""


def test_what_git_does_not_tell_is_not_known(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No git, no time, no commit yet, no repository after all."""
    assert commit_at(here, {"PATH": "/nowhere"}) == ""
    monkeypatch.setattr(checkout, "PATIENCE", 0.0)
    assert commit_at(here, ENVIRON) == ""
    monkeypatch.undo()
    for name in ("empty", "broken"):
        (here / name).mkdir()
    git(here / "empty", "init", "-q")
    (here / "broken/.git").write_text("gitdir: nowhere")
    assert (commit_at(here / "empty", ENVIRON), commit_at(here / "broken", ENVIRON)) == ("", "")


def test_nothing_of_the_repository_is_run(here: Path) -> None:
    """Its settings may name a program to watch files with."""
    mark = here / "ran"
    (here / "watch.sh").write_text(f"#!/bin/sh\ntouch {mark}\n")
    (here / "watch.sh").chmod(0o755)
    git(here, "config", "core.fsmonitor", str(here / "watch.sh"))
    assert commit_at(here, ENVIRON)
    assert not mark.exists()


def test_what_is_recorded_of_an_author() -> None:
    """Only what is known."""
    author = Author("anna", "", "https://ci/88")
    assert author.facts(is_paid=True) == {"who": "anna", "run": "https://ci/88"}
    assert author.facts(is_paid=False) == {"who": "anna"}


def test_a_folder_above_that_may_not_be_looked_into(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever may not see what is above is told of no commit, and of no bug."""
    usual = os.stat

    def refused(path: Path, *args: object, **rest: bool) -> os.stat_result:
        if str(path).endswith(".git"):
            raise PermissionError(13, "Permission denied", str(path))
        return usual(path, *args, **rest)

    with monkeypatch.context() as context:
        context.setattr(os, "stat", refused)
        assert commit_at(here, ENVIRON) == ""
