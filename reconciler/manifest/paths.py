"""Paths of a manifest stay below its folder: a pull request must not upload `/etc/passwd`."""

import errno
import stat
from collections.abc import Sequence
from itertools import islice
from pathlib import Path, PurePosixPath

from reconciler.gitdir import is_gitdir
from reconciler.manifest.words import clipped, nearest

MARK = "://"
"""What no path has and every URL."""

OUTSIDE = "path-outside"
"""The code of a path that leaves the manifest's folder."""

_MOST_SIBLINGS = 1_000


class PathRefused(ValueError):
    """A path that a manifest may not use; whoever knows the key adds its mark."""

    def __init__(self, code: str, what: str, why: str = "", cure: str = "") -> None:
        super().__init__(what)
        self.code, self.what, self.why, self.cure = code, what, why, cure


def confine(
    root: Path, text: str, allowed: Sequence[Path] = (), *, must_exist: bool = True
) -> Path:
    """The file that `text` names, resolved: absolute, and free of symbolic links when it was seen.

    Args:
        root: the manifest's folder; `text` is relative to it.
        text: as it stands in the manifest.
        allowed: folders beyond `root` that the operator opened (`--allow-path`).
        must_exist: False for what is written, not read: local state, outputs.

    Raises:
        PathRefused: it leaves `root` and `allowed` (by `..`, `/` or a symbolic link), goes
            through `.git`, is no regular file, or does not exist although it must.
    """
    refuse_spelling(text)
    path = _resolved(root / text, text)
    homes = [_resolved(folder, text) for folder in (root, *allowed)]
    if not any(path.is_relative_to(home) for home in homes):
        raise outside(text)
    if any(map(is_gitdir, path.parts)):
        raise PathRefused("forbidden-path", f"{clipped(text)} is inside .git", "it may hold tokens")
    _refuse_kind(path, text, must_exist=must_exist)
    return path


def refuse_spelling(text: str) -> None:
    """Refuse what the system has no words for."""
    if not text or "\0" in text:
        raise PathRefused("bad-path", "a path is empty" if not text else "a path has a NUL")


def _resolved(path: Path, text: str) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # RuntimeError: a loop of links, before Python 3.13
        raise _endless(text) from None


def _endless(text: str) -> PathRefused:
    what = f"{clipped(text)} cannot be followed"
    return PathRefused("bad-path", what, "its links form a loop, or it is too long")


def outside(text: str, cure: str = "`--allow-path DIR` opens it") -> PathRefused:
    """What is said of a path that leaves the manifest's folder."""
    if PurePosixPath(text).is_absolute():
        why = "a path in a manifest is relative to the manifest's folder"
    else:
        why = "`..` or a link leads out of the manifest's folder"
    return PathRefused(OUTSIDE, f"{clipped(text)} is outside the manifest's folder", why, cure)


def _refuse_kind(path: Path, text: str, *, must_exist: bool) -> None:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        if error.errno == errno.ELOOP:  # from Python 3.13 on it is met here
            raise _endless(text) from None
        if not isinstance(error, FileNotFoundError | NotADirectoryError):
            raise PathRefused("unreadable", f"{clipped(text)}: {error.strerror}") from None
        if must_exist:
            raise _missing(path, text) from None
        return
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "a device, pipe or socket"
        raise PathRefused("not-a-file", f"{clipped(text)} is {kind}, not a file")


def _missing(path: Path, text: str) -> PathRefused:
    why = "paths start at the manifest's folder"
    guess = nearest(path.name, _siblings(path.parent))
    cure = f"did you mean {PurePosixPath(text).with_name(guess)}?" if guess else ""
    return PathRefused("missing-dataset", f"no such dataset: {clipped(text)}", why, cure)


def _siblings(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in islice(folder.iterdir(), _MOST_SIBLINGS))
    except OSError:
        return []
