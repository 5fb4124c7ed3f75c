"""Several processes that read the blocks of one large file.

The file is read, hashed and cut into blocks once, here. A block goes to a worker that has room, and
is judged here where none has. The workers get no path and no environment: their input is a pipe,
and so is their result.
"""

import fcntl
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

from reconciler.datasets.block import HEADER, Block
from reconciler.datasets.part import Part
from reconciler.datasets.watch import Watcher

LARGE = 32 << 20
"""Bytes from which workers are worth their start, which takes about a tenth of a second each."""

MOST = 8
"""Processes of one file: reading and hashing it feeds about as many."""

PIPE = 1 << 20
"""Bytes that wait for a worker while this process judges a block itself; Linux alone allows it."""

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


def _started(environ: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(  # noqa: S603  # ourselves
            [sys.executable, "-P", "-m", _MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what goes wrong is found again without a crew, and told
            env=environ,
            start_new_session=True,  # ^C is for the one that was started by a person
        )
    except OSError as error:  # no more processes or descriptors for this user: it is not the file
        raise WorkerLost from error


class _Worker:
    """A process, and what it has not taken yet of its input."""

    def __init__(self, fresh: bytes) -> None:
        environ = {name: os.environ[name] for name in _NEEDED if name in os.environ}
        self._waiting = memoryview(HEADER.pack(0, len(fresh)) + fresh)
        self._process = _started(environ | {"PYTHONPATH": str(_ROOT)})
        self._input = self._pipes[0].fileno()
        if sys.platform == "linux":
            with suppress(OSError):  # more than this user may have
                fcntl.fcntl(self._input, fcntl.F_SETPIPE_SZ, PIPE)
        os.set_blocking(self._input, False)

    @property
    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise WorkerLost
        return stdin, stdout

    def takes(self, block: Block) -> bool:
        """Whether it has room for the block, which is then its own."""
        if not self._has_taken():
            return False
        self._waiting = memoryview(HEADER.pack(block.first, len(block.data)) + block.data)
        self._has_taken()
        return True

    def _has_taken(self) -> bool:
        """Whether all that it was given is on its way; gives it what there is room for."""
        try:
            while self._waiting:
                self._waiting = self._waiting[os.write(self._input, self._waiting) :]
        except BlockingIOError:
            return False
        except OSError as error:
            raise WorkerLost from error
        return True

    def finish(self) -> None:
        """Give it the rest: there are no more blocks."""
        os.set_blocking(self._input, True)
        self._has_taken()
        self._pipes[0].close()

    def result(self) -> Part:
        """What the worker found, once it has all its blocks."""
        data = self._pipes[1].read()
        if self._process.wait():
            raise WorkerLost
        part: Part = pickle.loads(data)  # noqa: S301  # of our own process, over a pipe of its own
        return part

    def dismiss(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()
        for pipe in self._pipes:
            try:
                pipe.close()
            except OSError:  # what it did not take any more
                continue
