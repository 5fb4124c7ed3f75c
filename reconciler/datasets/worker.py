"""A process that judges blocks: `python -m reconciler.datasets.worker [DESCRIPTOR]`.

Its standard input says where in the file of this descriptor they are, or holds them.
"""

import gc
import os
import pickle
import sys
from typing import BinaryIO

from reconciler.datasets.block import HEADER, Block, hold_memory
from reconciler.datasets.part import Part


def work(source: BinaryIO, sink: BinaryIO, file: int | None = None) -> None:
    """Judge blocks until there are no more, then write the part that they make."""
    hold_memory()
    _, _, size = HEADER.unpack(source.read(HEADER.size))
    part: Part = pickle.loads(source.read(size))  # noqa: S301  # of the process that started this one
    while header := source.read(HEADER.size):
        first, offset, size = HEADER.unpack(header)
        data = source.read(size) if file is None else os.pread(file, size, offset)
        part.read(Block(first, data))
    sink.write(pickle.dumps(part))
    sink.flush()


if __name__ == "__main__":
    gc.disable()  # as the command does
    work(sys.stdin.buffer, sys.stdout.buffer, *map(int, sys.argv[1:]))
