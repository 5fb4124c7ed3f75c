"""Files that survive a kill, a full disk and a power loss.

A file's bytes are durable after an fsync of the file, its name after an fsync of the folder. An
fsync that failed is never tried again: the kernel may have dropped the pages, so that the second
one succeeds although the bytes are lost.
"""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from reconciler.errors import ReconcilerError
from reconciler.regular import open_regular

OWNER_ONLY = 0o600
"""A state names resources, models and costs: its owner's business alone."""

_SAFE = os.O_NOFOLLOW | os.O_CLOEXEC
# Some network and FUSE filesystems cannot sync a folder, and say so with one of these.
_CANNOT_SYNC_FOLDERS = {errno.EINVAL, errno.ENOTSUP}

_CURES = {
    errno.ENOSPC: "free some disk space, then the same command again: it goes on from here",
    errno.EDQUOT: "free some of your quota, then the same command again: it goes on from here",
    errno.EROFS: "mount the folder writable, or name another state file (RECONCILER_STATE)",
    errno.EACCES: "give this user the right to read and write the folder and its files",
    errno.EPERM: "give this user the right to read and write the folder and its files",
    errno.EMFILE: "raise the limit of open files: ulimit -n 4096",
    errno.ENFILE: "close some programs: this machine has no open file left to give",
    errno.EIO: "the disk reports a fault: check it before the same command again",
    errno.ELOOP: "replace the symbolic link by the file itself",
    errno.ENOLCK: "keep the state on a filesystem that has locks",
}


@contextmanager
def explained(doing: str, where: str) -> Iterator[None]:
    """Turn an `OSError` into the error for a person: "cannot <doing>", place, cause, cure."""
    try:
        yield
    except OSError as error:
        cause = os.strerror(error.errno) if error.errno else str(error)
        cure = _CURES.get(error.errno or 0, "look at the path, then the same command again")
        raise ReconcilerError(f"cannot {doing}", where=where, why=cause, cure=cure) from error


def open_safely(path: Path, flags: int) -> int:
    """A descriptor that follows no link, leaks to no child, and is readable by its owner alone."""
    return os.open(path, flags | _SAFE, OWNER_ONLY)


def read_file(path: Path, most: int = -1) -> bytes | None:
    """The bytes of a regular file, or its first ones; None when there is no such file."""
    try:
        fd = open_regular(path, _SAFE)
    except FileNotFoundError:
        return None
    with os.fdopen(fd, "rb") as file:
        return file.read(most)


def write_all(fd: int, data: bytes) -> None:
    """Write to the last byte; a single `write` may stop short."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]


def create_folder(folder: Path) -> None:
    """Make a folder and what is missing above it, each name durable."""
    if folder.is_dir():
        return
    create_folder(folder.parent)
    with suppress(FileExistsError):
        folder.mkdir()
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable: what was created, renamed and removed."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC_FOLDERS:
            raise
    finally:
        os.close(fd)


def is_at(fd: int, path: Path) -> bool:
    """Whether the open file is still the one that has this name."""
    try:
        return os.path.samestat(os.fstat(fd), path.stat())
    except FileNotFoundError:
        return False


class Version(NamedTuple):
    """Which file of a name this is, and how it was last written."""

    inode: int
    size: int
    changed: int
    """Nanoseconds."""


def version(path: Path) -> Version | None:
    """What is there now; two that are equal are one file with the same bytes."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return Version(found.st_ino, found.st_size, found.st_mtime_ns)


def room(folder: Path) -> int:
    """Bytes that may still be written there; quotas of users are not among what can be asked."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def write_beside(path: Path, data: bytes) -> Path:
    """A new file in the same folder, its bytes durable, to be renamed to `path`."""
    temporary = path.with_name(f"{path.name}.tmp-{secrets.token_hex(4)}")
    fd = open_safely(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        try:
            write_all(fd, data)
            os.fsync(fd)
        finally:
            os.close(fd)
    except OSError:
        discard(temporary)
        raise
    return temporary


def discard(path: Path) -> None:
    """Remove a file of ours that is of no use; what cannot be removed now is left for later."""
    with suppress(OSError):
        path.unlink()


def remove_leftovers(path: Path) -> None:
    """Remove what `write_beside` left for a writer that died; the caller holds the lock."""
    for file in path.parent.iterdir():
        if file.name.startswith(f"{path.name}.tmp-"):
            discard(file)
