"""Which commit a manifest is of: what CI says, or the checkout that it lies in."""

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from reconciler.cli.verbs.ci import commit

STATE = "state"
"""The folder of local state, below the manifest's."""

DIRTY = "-dirty"
"""Follows a commit from which tracked files differ, as `git describe` has it."""

PATIENCE = 2.0
"""Seconds within which git answers, or the commit is not known."""

_COMMIT = re.compile(r"[0-9a-f]{40,64}")
# A repository's own settings may name programs; none of them is needed to read a commit.
_SAFELY = ("-c", "core.fsmonitor=false", "-c", "safe.bareRepository=explicit")
_ENVIRON = ("PATH", "HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_")
"""What git may know of the environment: where its settings are, and no key."""


def commit_at(folder: Path, environ: Mapping[str, str]) -> str:
    """The commit that was checked out, marked where tracked files differ; empty: not known."""
    return commit(environ) or _checked_out(folder, environ)


def _checked_out(folder: Path, environ: Mapping[str, str]) -> str:
    above = (folder, *folder.parents)
    # `Path.exists` raises for a folder that it may not look into.
    root = next((p for p in above if os.path.exists(p / ".git")), None)  # noqa: PTH110  # see above
    if root is None:
        return ""
    head = (_git(root, environ, "rev-parse", "--verify", "HEAD") or "").strip()
    if not _COMMIT.fullmatch(head):
        return ""
    here = folder.relative_to(root)
    # What an apply itself writes says nothing of what it was asked for.
    only = (f":(literal){here}", f":(exclude,literal){here / STATE}")
    told = _git(root, environ, "status", "--porcelain", "--untracked-files=no", "--", *only)
    return head if told == "" else head + DIRTY


def _git(root: Path, environ: Mapping[str, str], *arguments: str) -> str | None:
    """What git says; None where it is not there, fails, or takes too long."""
    import subprocess  # noqa: PLC0415  # a plan records nothing

    program = shutil.which("git", path=environ.get("PATH"))
    if program is None:
        return None
    known = {name: said for name, said in environ.items() if name.startswith(_ENVIRON)}
    try:
        return subprocess.run(  # noqa: S603  # git, with words of ours
            [program, *_SAFELY, *arguments],
            cwd=root,
            env=known | {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=True,
        ).stdout.decode("utf-8", "replace")
    except (OSError, subprocess.SubprocessError):
        return None
