"""A limit on a whole answer: a socket's timeout starts again with each byte that drips in."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass


@dataclass(slots=True)
class Deadline:
    """Whether the time was over before the answer was complete."""

    passed: bool = False


@contextmanager
def deadline(sock: socket.socket, seconds: float) -> Iterator[Deadline]:
    """Cuts the connection of `sock` when the block takes longer than `seconds`.

    The reader then sees the end of the stream, which may look like the end of an answer, so
    whoever reads must look at `passed`.
    """
    state = Deadline()
    timer = threading.Timer(seconds, _cut, (sock, state))
    timer.daemon = True
    timer.start()
    try:
        yield state
    finally:
        timer.cancel()


def _cut(sock: socket.socket, state: Deadline) -> None:
    state.passed = True
    with suppress(OSError):
        # Not SSLSocket.shutdown: it takes the TLS layer away under the reading thread.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
