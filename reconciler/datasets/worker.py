"""A process that judges blocks: `python -m reconciler.datasets.worker MEMORY`, a descriptor.

Its input tells of each block, which lies in that memory (`ring.py`). Its output has a byte for each
that it took out of it, and then, pickled, the part that they all make.
"""

import gc
import pickle
import sys
from typing import BinaryIO

from reconciler.datasets.block import HEADER, Block, hold_memory
from reconciler.datasets.part import Part
from reconciler.datasets.ring import Ring

_TAKEN = b"."


def work(source: BinaryIO, sink: BinaryIO, ring: Ring) -> None:
    """Judge blocks until there are no more, then write the part that they make."""
    hold_memory()
    _, size = HEADER.unpack(source.read(HEADER.size))
    part: Part = pickle.loads(source.read(size))  # noqa: S301  # of the process that started this one
    number = 0
    while header := source.read(HEADER.size):
        first, size = HEADER.unpack(header)
        data = ring.get(number, size)
        sink.write(_TAKEN)
        sink.flush()
        part.read(Block(first, data))
        number += 1
    sink.write(pickle.dumps(part))
    sink.close()  # the other process does not wait for the end of this one


if __name__ == "__main__":
    gc.disable()  # as the command does
    work(sys.stdin.buffer, sys.stdout.buffer, Ring(int(sys.argv[1])))
