"""Whole lines in blocks, numbered: what one pass over a file is cut into, for one core or many."""

import struct
from collections.abc import Iterator
from io import BufferedReader, BytesIO
from itertools import repeat

from msgspec import Struct

SIZE = 1 << 17
"""Bytes of a block, up to the end of its last line."""

FEW = 200
"""Lines of a block up to which it is quicker to look for the end of each."""

LONGEST = 64 << 20
"""Bytes; a longer line is no example that any model could take."""

BOM = b"\xef\xbb\xbf"
"""What some editors write at the start of a file; it is no part of the first line."""

HEADER = struct.Struct("<QQQ488x")
"""What another process is told of a block: the number of its first line, where it begins in the
file, and its bytes. It is so long that few fit in a pipe (`crew.AHEAD`)."""

HELD = 16 << 20
"""Bytes that blocks, and what is made of them, come and go in."""


class Block(Struct):
    """Lines of a file.

    Attributes:
        first: the number of the first one, from 1.
        data: their bytes; empty for a single line that is longer than `LONGEST`.
        offset: where in the file they begin.
    """

    first: int
    data: bytes
    offset: int = 0
    _lines: list[bytes] | None = None

    def lines(self) -> list[bytes]:
        """The lines, without their newlines, and without a byte order mark."""
        if self._lines is None:
            data = self.data.removeprefix(BOM) if self.first == 1 else self.data
            whole = BytesIO(data).readlines()  # in half of the time that `split` takes
            self._lines = [*map(bytes.rstrip, whole, repeat(b"\n"))]
        return self._lines

    def count(self) -> int:
        """How many lines; they are not looked for again where somebody asked for them."""
        return _count(self.data) if self._lines is None else len(self._lines)


def hold_memory() -> None:
    """Have blocks come and go in memory that the process keeps.

    The C library of Linux gives freed memory back beyond a limit, so that a block may cost twenty
    page faults anew, a twentieth of what it takes in all. A larger piece that came and went raises
    that limit (`mallopt(3)`, M_MMAP_THRESHOLD); nobody touches it, so it costs nothing.
    """
    bytes(HELD)


def _count(data: bytes) -> int:
    """How many lines: long ones are found sooner than all bytes are looked at one by one."""
    count, end = 0, data.find(b"\n")
    while end >= 0 and count < FEW:
        count, end = count + 1, data.find(b"\n", end + 1)
    return count if end < 0 else count + data.count(b"\n", end)


def blocks(reader: BufferedReader) -> Iterator[Block]:
    """The lines of a file, each in one block and in order; a too long one stands alone."""
    first, offset = 1, 0
    while data := reader.read(SIZE):
        if not data.endswith(b"\n"):
            data += reader.readline(LONGEST)
            begun = data.rfind(b"\n", 0, -1) + 1
            if len(data) - begun > LONGEST:
                yield from _around_long(Block(first, data[:begun], offset))
                first += data.count(b"\n", 0, begun) + 1
                offset += len(data) + _skip_line(reader, data)
                continue
        block = Block(first, data, offset)
        yield block
        first += block.count()
        offset += len(data)


def _around_long(before: Block) -> Iterator[Block]:
    """The whole lines before a line that is too long, and one that stands for it."""
    if before.data:
        yield before
    yield Block(before.first + before.data.count(b"\n"), b"")


def _skip_line(reader: BufferedReader, begun: bytes) -> int:
    """Read the rest of a line; how many bytes it has."""
    skipped = 0
    while begun and not begun.endswith(b"\n"):
        begun = reader.readline(LONGEST)
        skipped += len(begun)
    return skipped
