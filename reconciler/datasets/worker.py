"""A process that judges blocks from its standard input: `python -m reconciler.datasets.worker`."""

import gc
import pickle
import sys
from typing import BinaryIO

from reconciler.datasets.block import HEADER, Block, hold_memory
from reconciler.datasets.part import Part


def work(source: BinaryIO, sink: BinaryIO) -> None:
    """Judge blocks until there are no more, then write the part that they make."""
    hold_memory()
    _, size = HEADER.unpack(source.read(HEADER.size))
    part: Part = pickle.loads(source.read(size))  # noqa: S301  # of the process that started this one
    while header := source.read(HEADER.size):
        first, size = HEADER.unpack(header)
        part.read(Block(first, source.read(size)))
    sink.write(pickle.dumps(part))
    sink.flush()


if __name__ == "__main__":
    gc.disable()  # as the command does
    work(sys.stdin.buffer, sys.stdout.buffer)
