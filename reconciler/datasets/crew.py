"""Several processes that read the blocks of one large file.

The file is read, hashed and cut into blocks here. A block goes to a worker that has room, and is
judged here where none has. A worker is told where its blocks are and reads them from the file: to
send them takes a tenth more time, and is for what comes from afar. That a file changes between the
two reads is found as while it is read by one.

The workers get no path and no environment: a descriptor, a pipe for their input, and one for their
result.
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

SENT = 1 << 20
"""Bytes of blocks that wait for a worker while this process judges one itself."""

AHEAD = 16 * HEADER.size
"""The same where it is only told of them; both are for Linux alone, which lets us say so."""

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


def read_by_crew(
    blocks: Iterable[Block], watchers: Sequence[Watcher], size: int, file: int | None = None
) -> Part:
    """Have so many processes judge all blocks.

    Args:
        watchers: fresh ones; they have seen everything at the end.
        size: of the crew, with this process.
        file: the descriptor of the file that the blocks are of; None: there is none.

    Raises:
        WorkerLost: the result is not whole.
    """
    whole = Part(watchers)
    with _ONE_FILE, ExitStack() as stack:
        fresh = pickle.dumps(whole)
        workers = [stack.enter_context(_worker(fresh, file)) for _ in range(size - 1)]
        for block in blocks:
            if not any(worker.takes(block) for worker in workers):
                whole.read(block)
        for worker in workers:
            worker.finish()
        for worker in workers:
            whole.merge(worker.result())
    return whole


@contextmanager
def _worker(fresh: bytes, file: int | None) -> "Iterator[_Worker]":
    worker = _Worker(fresh, file)
    try:
        yield worker
    finally:
        worker.dismiss()


def _started(environ: Mapping[str, str], *files: int) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(  # noqa: S603  # ourselves
            [sys.executable, "-P", "-m", _MODULE, *map(str, files)],
            pass_fds=files,
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

    def __init__(self, fresh: bytes, file: int | None) -> None:
        self._has_file = file is not None
        files, room = ((), SENT) if file is None else ((file,), AHEAD)
        environ = {name: os.environ[name] for name in _NEEDED if name in os.environ}
        self._waiting = memoryview(HEADER.pack(0, 0, len(fresh)) + fresh)
        self._process = _started(environ | {"PYTHONPATH": str(_ROOT)}, *files)
        self._input = self._pipes[0].fileno()
        if sys.platform == "linux":
            with suppress(OSError):  # more than this user may have
                fcntl.fcntl(self._input, fcntl.F_SETPIPE_SZ, room)
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
        told = HEADER.pack(block.first, block.offset, len(block.data))
        self._waiting = memoryview(told if self._has_file else told + block.data)
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
