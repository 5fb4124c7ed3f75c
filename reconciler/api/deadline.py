"""Limits on waiting for the network, and an end to all of it when somebody has to leave.

A socket's timeout starts again with each byte that drips in, and names are resolved without any.
One thread watches everything under way: to start one for each page of a list would cost more than
to read the page.
"""

import math
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, InvalidStateError
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Protocol, TypeVar

from reconciler.api.route import BROKEN


class _Closable(Protocol):
    def close(self) -> object: ...


C = TypeVar("C", bound=_Closable)


class Hastened(TimeoutError):
    """It was broken off because somebody has to leave, not because it took too long."""


@dataclass(slots=True, eq=False)
class _Watch:
    """Something under way, how it is cut off, and when."""

    cut: Callable[[], object]
    until: float
    is_over: bool = False


class Deadlines:
    """All that one client waits for on the network, and the thread that ends it in time.

    The thread sleeps until the first of the watches is over, and ends when it wakes and finds
    nothing to watch. What was removed is never cut. Any number of threads may use it.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._watches: set[_Watch] = set()
        self._wakes: float | None = None  # None: there is no thread
        self._last = math.inf

    def hasten(self, seconds: float) -> None:
        """End everything under way, and all that begins later, so many seconds from now."""
        with self._changed:
            self._last = min(self._last, monotonic() + seconds)
            for watch in self._watches:
                watch.until = min(watch.until, self._last)
            self._changed.notify()

    def close(self) -> None:
        """Let the thread end now that nothing is watched, instead of when it would have woken."""
        with self._changed:
            self._changed.notify()

    @contextmanager
    def answer(self, sock: socket.socket, seconds: float) -> Iterator[Callable[[], None]]:
        """Cut the connection of `sock` and raise `TimeoutError` after `seconds` in the block.

        To the block the cut is the end of the stream, which may look like the end of an answer:
        so the error is raised whether the block failed on it or not; when it was hastened,
        `Hastened`. What the block is given raises the same where it was cut: for before it acts
        on a part of the answer, such as its head.
        """
        with self._watched(lambda: _cut(sock), seconds) as watch:
            try:
                yield partial(self._check, watch)
            except BROKEN as cause:
                if watch.is_over:
                    raise self._reason() from cause
                raise
        self._check(watch)

    def connect(self, make: Callable[[], C]) -> C:
        """The connection that `make` makes; raises what it raises, or `Hastened`.

        It is made in a thread that can be left behind: nothing else ends the wait for a name
        server. A connection that comes too late is closed.
        """
        future: Future[C] = Future()
        attempt = threading.Thread(target=_fill, args=(future, make), name="connect", daemon=True)
        with self._watched(lambda: _fail(future, Hastened()), math.inf):
            attempt.start()
            return future.result()

    def _check(self, watch: _Watch) -> None:
        if watch.is_over:
            raise self._reason()

    def _reason(self) -> TimeoutError:
        return Hastened() if monotonic() >= self._last else TimeoutError()

    @contextmanager
    def _watched(self, cut: Callable[[], object], seconds: float) -> Iterator[_Watch]:
        if monotonic() >= self._last:
            raise Hastened
        watch = _Watch(cut, min(monotonic() + seconds, self._last))
        self._add(watch)
        try:
            yield watch
        finally:
            self._remove(watch)

    def _add(self, watch: _Watch) -> None:
        with self._changed:
            self._watches.add(watch)
            if self._wakes is None:
                self._wakes = watch.until
                threading.Thread(target=self._run, name="deadlines", daemon=True).start()
            elif watch.until < self._wakes:
                self._changed.notify()

    def _remove(self, watch: _Watch) -> None:
        with self._changed:
            self._watches.discard(watch)
            if self._wakes == math.inf and not self._watches:
                self._changed.notify()  # nothing else would ever wake it

    def _run(self) -> None:
        with self._changed:
            while self._watches:
                self._wakes = min(watch.until for watch in self._watches)
                self._changed.wait(_finite(self._wakes - monotonic()))
                for watch in [watch for watch in self._watches if watch.until <= monotonic()]:
                    self._watches.remove(watch)
                    watch.is_over = True
                    watch.cut()
            self._wakes = None


def _finite(seconds: float) -> float | None:
    return None if math.isinf(seconds) else seconds


def _cut(sock: socket.socket) -> None:
    with suppress(OSError):
        # Not SSLSocket.shutdown: it takes the TLS layer away under the reading thread.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _fill(future: Future[C], make: Callable[[], C]) -> None:
    try:
        made = make()
    except BaseException as error:  # noqa: BLE001  # it is raised again where it is waited for
        _fail(future, error)
        return
    try:
        future.set_result(made)
    except InvalidStateError:
        made.close()


def _fail(future: Future[C], error: BaseException) -> None:
    with suppress(InvalidStateError):
        future.set_exception(error)
