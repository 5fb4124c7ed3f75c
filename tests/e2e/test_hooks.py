"""The hooks for pre-commit, as it installs and runs them: `make hooks`, as that asks PyPI."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cli import Project

ROOT = Path(__file__).parents[2]
MISSING = [
    why
    for why, is_so in {
        "it installs from PyPI, for half a minute: make hooks": "RECONCILER_INSTALLS" in os.environ,
        "git is not there": bool(shutil.which("git")),
        "this is no clone": (ROOT / ".git").exists(),
    }.items()
    if not is_so
]


@pytest.mark.skipif(bool(MISSING), reason="; ".join(MISSING))
def test_they_run_as_pre_commit_installs_them(demo: Project, tmp_path: Path) -> None:
    """Each finds nothing in a new project; then the second finds what is wrong, and says where."""
    git = ["git", "-C", str(demo.root)]
    subprocess.run([*git, "init", "--quiet"], check=True)
    assert tried(demo, tmp_path, "reconciler-fmt").returncode == 0
    assert tried(demo, tmp_path, "reconciler-validate").returncode == 0
    demo.save(jobs={"bot": {}})
    said = tried(demo, tmp_path, "reconciler-validate")
    assert said.returncode == 1
    assert "reconciler.yaml:" in said.stdout


def tried(project: Project, folder: Path, hook: str) -> "subprocess.CompletedProcess[str]":
    """What pre-commit says of all files; it keeps what it installs in the folder."""
    subprocess.run(["git", "-C", str(project.root), "add", "--all"], check=True)
    program = str(Path(sys.executable).with_name("pre-commit"))
    quiet = {"GIT_TERMINAL_PROMPT": "0", "PRE_COMMIT_HOME": str(folder / "pre-commit")}
    return subprocess.run(
        [program, "try-repo", str(ROOT), hook, "--all-files", "--verbose"],
        cwd=project.root, env={**os.environ, **quiet}, capture_output=True, text=True, timeout=900,
        stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
