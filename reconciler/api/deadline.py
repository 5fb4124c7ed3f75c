"""A limit on a whole answer: a socket's timeout starts again with each byte that drips in."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from reconciler.api.route import BROKEN


@contextmanager
def deadline(sock: socket.socket, seconds: float) -> Iterator[None]:
    """Cuts the connection of `sock` and raises `TimeoutError` after `seconds` in the block.

    To the block the cut is the end of the stream, which may look like the end of an answer:
    so the error is raised whether the block failed on it or not.
    """
    passed = threading.Event()
    timer = threading.Timer(seconds, _cut, (sock, passed))
    timer.daemon = True
    timer.start()
    try:
        yield
    except BROKEN as cause:
        if passed.is_set():
            raise TimeoutError from cause
        raise
    finally:
        timer.cancel()
    if passed.is_set():
        raise TimeoutError


def _cut(sock: socket.socket, passed: threading.Event) -> None:
    passed.set()
    with suppress(OSError):
        # Not SSLSocket.shutdown: it takes the TLS layer away under the reading thread.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
