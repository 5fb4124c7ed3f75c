"""A dataset's bytes, hashed as they are read: one pass, constant memory."""

import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reconciler.errors import InvalidInput, Problem
from reconciler.regular import NotRegular
from reconciler.sources import Opened, Source, Unreadable, Version
from reconciler.sources.source import UNTOLD

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK = 1 << 17
"""Bytes a read. Large enough that hashing runs beside other threads, small enough for the cache."""


class HashingReader(io.RawIOBase):
    """Passes a file's bytes through and keeps their SHA-256 and their number."""

    def __init__(self, opened: Opened) -> None:
        self._raw, self._digest = opened.raw, hashlib.sha256()
        self.size = opened.version.size
        self.bytes = 0

    @property
    def sha256(self) -> str:
        """The digest of what has been read so far, in hex."""
        return self._digest.hexdigest()

    @property
    def descriptor(self) -> int | None:
        """That of the file, for others who read it, too; None where the bytes come from afar."""
        try:
            return self._raw.fileno()
        except io.UnsupportedOperation:
            return None

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
def reading(
    source: Source, shown: str, version: Version | None = None
) -> Iterator[tuple[HashingReader, io.BufferedReader]]:
    """Open a dataset: the reader that hashes, and the buffer over it to take the lines from.

    Args:
        version: the one that is to be read, if it is known.

    Raises:
        InvalidInput: there is no such file, it is not a regular file, it cannot be read, or it
            changed while it was read.
    """
    try:
        with source.opened(version) as opened:
            reader = HashingReader(opened)
            yield reader, io.BufferedReader(reader, BLOCK)
            is_whole = opened.version.size in (reader.bytes, UNTOLD)
            if not is_whole or not opened.is_unchanged():
                raise changed(shown)
    except OSError as error:
        raise _unreadable(error, shown) from error


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


def changed(shown: str) -> InvalidInput:
    """What is said of a dataset whose bytes are not, or no longer, those of one version."""
    problem = Problem(
        f"{shown} changed while it was read",
        code="changed-while-read",
        where=shown,
        why="its digest would be that of no version of the file",
        cure="wait until it is written, then the same command again",
    )
    return InvalidInput([problem])


def _unreadable(error: OSError, shown: str) -> InvalidInput:
    if isinstance(error, NotRegular):
        return _not_a_file(shown)
    if isinstance(error, Unreadable):
        what, code, why, cure = (
            f"{error.what}: {shown}",
            error.code,
            error.strerror or "",
            error.cure,
        )
    elif isinstance(error, FileNotFoundError | NotADirectoryError):
        what, code = f"no such dataset: {shown}", "missing-dataset"
        why, cure = "paths start at the manifest's folder", "add the file, or correct its path"
    else:
        what, code = f"cannot read the dataset: {shown}", "unreadable-dataset"
        why, cure = os.strerror(error.errno or 0), "make it readable for this user"
    return InvalidInput([Problem(what, code=code, where=shown, why=why, cure=cure)])
