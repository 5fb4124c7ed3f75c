"""Memory that two processes share, in which blocks wait for the one that judges them.

Through a pipe, two processes take 3 % longer for a file.
"""

import os
from mmap import mmap
from tempfile import TemporaryFile
from typing import IO, cast

from reconciler.datasets.block import SIZE

PLACES = 8
"""Blocks that wait at most, so that a worker has some while the other process judges one itself."""

ROOM = 2 * SIZE
"""Bytes of a place: a block ends with a whole line. One with a long line does not go through it."""


class Ring:
    """Places that are filled and emptied in turn; who may do so is told over pipes."""

    def __init__(self, file: int) -> None:
        """Over the memory that this descriptor, of `open_memory`, stands for."""
        self._memory = mmap(file, PLACES * ROOM)

    def put(self, number: int, data: bytes) -> None:
        """Copy the block of this number into its place, which is free."""
        start = number % PLACES * ROOM
        self._memory[start : start + len(data)] = data

    def get(self, number: int, size: int) -> bytes:
        """The block of this number: a copy, so that its place is free again."""
        start = number % PLACES * ROOM
        return self._memory[start : start + size]

    def close(self) -> None:
        """Give the memory back."""
        self._memory.close()


def open_memory() -> IO[bytes]:
    """Memory for a ring, without a name: it ends with the last process that has it open.

    Raises:
        OSError: there is none.
    """
    create = getattr(os, "memfd_create", None)  # of Linux alone
    file = os.fdopen(create("blocks"), "r+b") if create else cast("IO[bytes]", TemporaryFile())  # noqa: SIM115  # the caller closes it
    try:
        file.write(bytes(PLACES * ROOM))  # a hole that cannot be filled would kill who writes there
        file.flush()
    except OSError:
        file.close()
        raise
    return file
