"""Many paths of one manifest: as strict as `confine`, for one `lstat` a path."""

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from reconciler.gitdir import is_gitdir
from reconciler.manifest.paths import confine

_NO_NAMES = frozenset({"", ".", ".."})


class Fence:
    """The folders that paths stay in. What it learns of a folder it keeps: make one for a run.

    The usual path, a regular file in a folder that is inside, is let through here; every other
    one is looked at by `confine`, which knows what to say of it.
    """

    def __init__(self, root: Path, allowed: Sequence[Path] = ()) -> None:
        """`root` is the manifest's folder, `allowed` what the operator opened beyond it."""
        self._root, self._allowed = root, allowed
        self._homes = [_real(home) for home in (root, *allowed)]
        self._inside: dict[str, str | None] = {}

    def confine(self, text: str) -> tuple[str, os.stat_result | None]:
        """The path of the file that `text` names, resolved, and what was seen of it on the way.

        Raises:
            PathRefused: as `confine`.
        """
        folder, slash, name = text.rpartition("/")
        is_name = "\0" not in text and name not in _NO_NAMES and not is_gitdir(name)
        if is_name and (real := self._folder(folder + slash)):
            path = f"{real}/{name}"
            if status := _plain_file(path):
                return path, status
        return str(confine(self._root, text, self._allowed)), None

    def _folder(self, folder: str) -> str | None:
        """Where a folder really is, if that is inside."""
        if folder not in self._inside:
            real = _real(self._root / folder)  # a loop of links is left to `confine`
            is_inside = any(real.is_relative_to(home) for home in self._homes)
            is_open = is_inside and not any(map(is_gitdir, real.parts))
            self._inside[folder] = str(real) if is_open else None
        return self._inside[folder]


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _plain_file(path: str) -> os.stat_result | None:
    """What the system says of a regular file; of a link to one, and of all else, None."""
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return status if stat.S_ISREG(status.st_mode) else None
