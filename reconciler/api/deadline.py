"""A limit on a whole answer: a socket's timeout starts again with each byte that drips in.

One thread watches all connections: to start one for each page of a list would cost more than to
read the page.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from time import monotonic

from reconciler.api.route import BROKEN


@contextmanager
def deadline(sock: socket.socket, seconds: float) -> Iterator[None]:
    """Cuts the connection of `sock` and raises `TimeoutError` after `seconds` in the block.

    To the block the cut is the end of the stream, which may look like the end of an answer:
    so the error is raised whether the block failed on it or not.
    """
    watch = _Watch(sock, monotonic() + seconds)
    _WATCHES.add(watch)
    try:
        yield
    except BROKEN as cause:
        if watch.is_over:
            raise TimeoutError from cause
        raise
    finally:
        _WATCHES.remove(watch)
    if watch.is_over:
        raise TimeoutError


@dataclass(slots=True, eq=False)
class _Watch:
    """A connection, and when it is cut."""

    sock: socket.socket
    until: float
    is_over: bool = False

    def cut(self) -> None:
        self.is_over = True
        with suppress(OSError):
            # Not SSLSocket.shutdown: it takes the TLS layer away under the reading thread.
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


class _Watches:
    """Every watch under way, and the thread that sleeps until the first of them is over.

    What was removed is never cut. The thread ends when it wakes and finds nothing to watch.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._all: set[_Watch] = set()
        self._wakes: float | None = None  # None: there is no thread

    def add(self, watch: _Watch) -> None:
        with self._changed:
            self._all.add(watch)
            if self._wakes is None:
                self._wakes = watch.until
                threading.Thread(target=self._run, name="deadlines", daemon=True).start()
            elif watch.until < self._wakes:
                self._changed.notify()

    def remove(self, watch: _Watch) -> None:
        with self._changed:
            self._all.discard(watch)

    def _run(self) -> None:
        with self._changed:
            while self._all:
                self._wakes = min(watch.until for watch in self._all)
                self._changed.wait(self._wakes - monotonic())
                for watch in [watch for watch in self._all if watch.until <= monotonic()]:
                    self._all.remove(watch)
                    watch.cut()
            self._wakes = None


_WATCHES = _Watches()
