"""A dataset's bytes, hashed as they are read: one pass, constant memory."""

import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import InvalidInput, Problem
from reconciler.regular import NotRegular, open_regular

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK = 1 << 18
"""Bytes a read. Large enough that hashing runs beside other threads, small enough for the cache."""


class HashingReader(io.RawIOBase):
    """Passes a file's bytes through and keeps their SHA-256 and their number."""

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw, self._digest = raw, hashlib.sha256()
        self.bytes = 0

    @property
    def sha256(self) -> str:
        """The digest of what has been read so far, in hex."""
        return self._digest.hexdigest()

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill the buffer, as the raw file does, and hash what came."""
        count = self._raw.readinto(buffer) or 0
        self._digest.update(memoryview(buffer)[:count])
        self.bytes += count
        return count


@contextmanager
def reading(path: Path, shown: str) -> Iterator[tuple[HashingReader, io.BufferedReader]]:
    """Open a dataset: the reader that hashes, and the buffer over it to take the lines from.

    Raises:
        InvalidInput: there is no such file, it is not a regular file, it cannot be read, or it
            changed while it was read.
    """
    try:
        fd = _open(path, shown)
        with open(fd, "rb", buffering=0) as raw:  # noqa: PTH123 - a descriptor, not a path
            before = os.fstat(fd)
            source = HashingReader(raw)
            yield source, io.BufferedReader(source, BLOCK)
            if identity(os.fstat(fd)) != identity(before) or source.bytes != before.st_size:
                raise _changed(shown)
    except OSError as error:
        raise _unreadable(error, shown) from error


def _open(path: Path, shown: str) -> int:
    try:
        # The path was resolved: a link would be one that took the file's place since then.
        return open_regular(path, os.O_NOFOLLOW)
    except ValueError as error:  # a NUL in the path
        raise FileNotFoundError(path) from error
    except NotRegular as error:
        raise _not_a_file(shown) from error


def identity(status: os.stat_result) -> tuple[int, int, int, int]:
    """What changes when a file's content does: size, mtime_ns, inode, ctime_ns."""
    return status.st_size, status.st_mtime_ns, status.st_ino, status.st_ctime_ns


def status_of(path: str) -> os.stat_result | None:
    """What `stat` says of a file; None where it says nothing: to read it tells what is wrong."""
    try:
        return os.stat(path)  # noqa: PTH116  # a `Path` costs more than the call
    except (OSError, ValueError):
        return None


def drain(reader: io.BufferedReader) -> None:
    """Read to the end for the digest alone."""
    while reader.read(BLOCK):
        pass


def _not_a_file(shown: str) -> InvalidInput:
    problem = Problem(
        f"not a regular file: {shown}",
        code="not-a-file",
        where=shown,
        why="a folder, a device or a pipe has no content to fingerprint",
        cure="name a .jsonl file",
    )
    return InvalidInput([problem])


def _changed(shown: str) -> InvalidInput:
    problem = Problem(
        f"{shown} changed while it was read",
        code="changed-while-read",
        where=shown,
        why="its digest would be that of no version of the file",
        cure="wait until it is written, then the same command again",
    )
    return InvalidInput([problem])


def _unreadable(error: OSError, shown: str) -> InvalidInput:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        what, code = f"no such dataset: {shown}", "missing-dataset"
        why, cure = "paths start at the manifest's folder", "add the file, or correct its path"
    else:
        what, code = f"cannot read the dataset: {shown}", "unreadable-dataset"
        why, cure = os.strerror(error.errno or 0), "make it readable for this user"
    return InvalidInput([Problem(what, code=code, where=shown, why=why, cure=cure)])
