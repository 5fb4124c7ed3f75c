"""The documents that were replaced: `NAME.json.bak-<serial>`, the newest few of them."""

import errno
import itertools
import os
import shutil
from contextlib import suppress
from pathlib import Path

from reconciler.backends.backend import Aside
from reconciler.backends.durable import discard, read_file, write_beside

KEPT = 5

_CANNOT_LINK = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV}


def keep(document: Path, serial: int) -> None:
    """Give the document a second name that carries its serial, before it is replaced.

    A second name costs nothing and cannot be torn. Where the filesystem has no links, a copy.
    """
    backup = document.with_name(f"{document.name}.bak-{serial}")
    if not document.exists():
        return
    discard(backup)  # an earlier try of this very checkpoint
    try:
        os.link(document, backup)
    except OSError as error:
        if error.errno not in _CANNOT_LINK:
            raise
        _copy(document, backup)


def _copy(document: Path, backup: Path) -> None:
    write_beside(document, read_file(document) or b"").rename(backup)
    shutil.copystat(document, backup)  # its age is what orders it among the others


def set_aside(file: Path, why: Aside) -> Path | None:
    """Rename a file to `NAME.damaged-N`, the first that is free; None where there is none."""
    taken = {path.name for path in file.parent.iterdir()}
    names = (f"{file.name}.{why}-{n}" for n in itertools.count(1))
    free = file.with_name(next(name for name in names if name not in taken))
    try:
        file.rename(free)
    except FileNotFoundError:
        return None
    return free


def newest_first(document: Path) -> list[Path]:
    """The backups of a document; by age, as a serial starts anew in a rebuilt state."""
    prefix = f"{document.name}.bak-"
    found = []
    with suppress(FileNotFoundError):  # no folder, no state, no backups
        for file in document.parent.iterdir():
            serial = file.name.removeprefix(prefix)
            if file.name.startswith(prefix) and serial.isdecimal():
                found.append((file.stat().st_mtime_ns, int(serial), file))
    return [file for _, _, file in sorted(found, reverse=True)]


def prune(document: Path) -> None:
    """Remove all but the newest backups."""
    for backup in newest_first(document)[KEPT:]:
        discard(backup)
