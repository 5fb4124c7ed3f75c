"""Several processes that read the blocks of one large file.

The file is read, hashed and cut into blocks once, here. A block goes to a worker that has room, and
is judged here where none has. The workers get no path and no environment: blocks come to them in
memory that both share (`ring.py`), told of over a pipe, and so comes their result.
"""

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from reconciler.datasets.block import HEADER, Block
from reconciler.datasets.part import Part
from reconciler.datasets.ring import PLACES, ROOM, Ring, open_memory
from reconciler.datasets.watch import Watcher

LARGE = 32 << 20
"""Bytes from which workers are worth their start, which takes about a tenth of a second each."""

MOST = 8
"""Processes of one file: reading and hashing it feeds about as many."""

_ONE_FILE = threading.Lock()
"""Files are read side by side; two crews at a time would only be in each other's way."""

_MODULE = "reconciler.datasets.worker"
_ROOT = Path(__file__).parents[2]
_NEEDED = ("PATH", "LD_LIBRARY_PATH", "PYTHONHOME", "LANG", "LC_ALL", "TMPDIR")


class WorkerLost(Exception):
    """A worker could not be started, or ended without its result: killed, or out of memory."""


def cores() -> int:
    """How many processes can work at once here; not every system tells which cores are ours."""
    ours = getattr(os, "sched_getaffinity", None)
    return min(MOST, len(ours(0)) if ours else os.cpu_count() or 1)


def read_by_crew(blocks: Iterable[Block], watchers: Sequence[Watcher], size: int) -> Part:
    """Have so many processes judge all blocks.

    Args:
        watchers: fresh ones; they have seen everything at the end.
        size: of the crew, with this process.

    Raises:
        WorkerLost: the result is not whole.
    """
    whole = Part(watchers)
    with _ONE_FILE, ExitStack() as stack:
        fresh = pickle.dumps(whole)
        workers = [stack.enter_context(_worker(fresh)) for _ in range(size - 1)]
        for block in blocks:
            if not any(worker.takes(block) for worker in workers):
                whole.read(block)
        for worker in workers:
            worker.finish()
        for worker in workers:
            whole.merge(worker.result())
    return whole


@contextmanager
def _worker(fresh: bytes) -> "Iterator[_Worker]":
    worker = _Worker(fresh)
    try:
        yield worker
    finally:
        worker.dismiss()


def _started(environ: Mapping[str, str], memory: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603  # ourselves
        [sys.executable, "-P", "-m", _MODULE, str(memory)],
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # what goes wrong is found again without a crew, and told
        pass_fds=(memory,),
        env=environ,
        start_new_session=True,  # ^C is for the one that was started by a person
    )


class _Worker:
    """A process, the memory that it shares, and how many blocks it has been given and has taken."""

    def __init__(self, fresh: bytes) -> None:
        environ = {name: os.environ[name] for name in _NEEDED if name in os.environ}
        environ["PYTHONPATH"] = str(_ROOT)
        self._given = self._taken = 0
        try:
            with open_memory() as memory:
                self._ring = Ring(memory.fileno())
                self._process = _started(environ, memory.fileno())
        except OSError as error:  # no more of something for this user: it is not the file
            raise WorkerLost from error
        os.set_blocking(self._pipes[1].fileno(), False)
        self._tell(HEADER.pack(0, len(fresh)) + fresh)

    @property
    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise WorkerLost
        return stdin, stdout

    def takes(self, block: Block) -> bool:
        """Whether it has room for the block, which is then its own."""
        size = len(block.data)
        if size > ROOM or not self._has_room():
            return False
        self._ring.put(self._given, block.data)
        self._tell(HEADER.pack(block.first, size))
        self._given += 1
        return True

    def _has_room(self) -> bool:
        if self._given - self._taken == PLACES:
            said = self._pipes[1].read(PLACES)
            if said == b"":
                raise WorkerLost
            self._taken += len(said or b"")
        return self._given - self._taken < PLACES

    def _tell(self, message: bytes) -> None:
        try:
            self._pipes[0].write(message)
        except OSError as error:
            raise WorkerLost from error

    def finish(self) -> None:
        """Let it know that there are no more blocks."""
        self._pipes[0].close()

    def result(self) -> Part:
        """What the worker found, once it has judged all its blocks."""
        os.set_blocking(self._pipes[1].fileno(), True)
        said = self._pipes[1].read()
        try:
            part: Part = pickle.loads(said[self._given - self._taken :])  # noqa: S301  # of our own process, over a pipe of its own
        except (EOFError, pickle.UnpicklingError) as error:
            raise WorkerLost from error  # it ended before all was written
        return part

    def dismiss(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()
        self._ring.close()
        for pipe in self._pipes:
            pipe.close()
