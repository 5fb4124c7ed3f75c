"""Several processes that read the blocks of one large file.

The file is read, hashed and cut into blocks once, here; whoever is free takes the next block. The
workers get no path and no environment: their input is a pipe, and so is their result.
"""

import os
import pickle
import queue
import struct
import subprocess
import sys
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO

from reconciler.datasets.block import Block
from reconciler.datasets.part import Part
from reconciler.datasets.watch import Watcher

LARGE = 32 << 20
"""Bytes from which workers are worth their start, which takes about a tenth of a second each."""

MOST = 8
"""Workers of one file: reading and hashing it feeds about as many."""

WAITING = 4
"""Blocks that wait for each worker."""

HEADER = struct.Struct("<QQ")
"""Before each block: the number of its first line, and its bytes."""

_ONE_FILE = threading.Lock()
"""Files are read side by side; two crews at a time would only be in each other's way."""

_MODULE = "reconciler.datasets.worker"
_ROOT = Path(__file__).parents[2]
_NEEDED = ("PATH", "LD_LIBRARY_PATH", "PYTHONHOME", "LANG", "LC_ALL", "TMPDIR")


class WorkerLost(Exception):
    """A worker ended without its result: killed, or out of memory."""


def cores() -> int:
    """How many processes can work at once here; not every system tells which cores are ours."""
    ours = getattr(os, "sched_getaffinity", None)
    return min(MOST, len(ours(0)) if ours else os.cpu_count() or 1)


def read_by_crew(blocks: Iterable[Block], watchers: Sequence[Watcher], size: int) -> Part:
    """Have so many workers judge all blocks.

    Args:
        watchers: fresh ones; they have seen everything at the end.
        size: of the crew.

    Raises:
        WorkerLost: the result is not whole.
    """
    whole = Part(watchers)
    with _ONE_FILE:
        crew = [_Worker(pickle.dumps(whole)) for _ in range(size)]
        try:
            for block in blocks:
                _first_free(crew).blocks.put(block)
            for worker in crew:
                worker.blocks.put(None)
            for worker in crew:
                whole.merge(worker.result())
        finally:
            for worker in crew:
                worker.dismiss()
    return whole


def _first_free(crew: "Sequence[_Worker]") -> "_Worker":
    """Who has the fewest blocks waiting; a full queue makes the reader wait."""
    lost = [worker for worker in crew if worker.is_lost]
    if lost:
        raise WorkerLost
    return min(crew, key=lambda worker: worker.blocks.qsize())


class _Worker:
    """A process, and the thread that feeds it."""

    def __init__(self, fresh: bytes) -> None:
        environ = {name: os.environ[name] for name in _NEEDED if name in os.environ}
        self.blocks: queue.Queue[Block | None] = queue.Queue(WAITING)
        self.is_lost = False
        self._fresh = fresh
        self._process = subprocess.Popen(  # noqa: S603  # ourselves
            [sys.executable, "-P", "-m", _MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what goes wrong is found again without a crew, and told
            env=environ | {"PYTHONPATH": str(_ROOT)},
            start_new_session=True,  # ^C is for the one that was started by a person
        )
        self._feeder = threading.Thread(target=self._feed, daemon=True)
        self._feeder.start()

    @property
    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise WorkerLost
        return stdin, stdout

    def _feed(self) -> None:
        stdin, _ = self._pipes
        try:
            stdin.write(HEADER.pack(0, len(self._fresh)) + self._fresh)
            while (block := self.blocks.get()) is not None:
                stdin.write(HEADER.pack(block.first, len(block.data)))
                stdin.write(block.data)
            stdin.close()
        except OSError:
            self.is_lost = True
            while self.blocks.get() is not None:  # who puts one must not wait for ever
                pass

    def result(self) -> Part:
        """What the worker found, once it has all its blocks."""
        self._feeder.join()
        _, stdout = self._pipes
        data = stdout.read()
        if self._process.wait() or self.is_lost:
            raise WorkerLost
        part: Part = pickle.loads(data)  # noqa: S301  # of our own process, over a pipe of its own
        return part

    def dismiss(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()
        self.is_lost = True
        while self._feeder.is_alive():
            self._feeder.join(0.01)
            if self.blocks.empty():
                self.blocks.put(None)
        for pipe in self._pipes:
            try:
                pipe.close()
            except OSError:  # what it did not take any more
                continue
