"""One HTTP connection, and one exchange at a time on it: the only user of urllib3's calls."""

import math
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing
from http import HTTPStatus
from typing import NamedTuple

from msgspec import Struct
from urllib3 import BaseHTTPResponse
from urllib3.connection import HTTPConnection

from reconciler.api.causes import cause_of
from reconciler.api.deadline import Deadlines
from reconciler.api.multipart import BLOCK
from reconciler.api.outcome import TOO_LARGE
from reconciler.api.reply import SUCCESS, Reply
from reconciler.api.route import BROKEN, Route

Sink = Callable[[bytes], object]
# Sees the head of an answer before its body is read, and raises to have no more of it.
Judge = Callable[[Reply], None]


_HUNG_UP = (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError)
"""What it is to send to a peer that takes no more, and may have said why."""


class NoConnection(Exception):
    """There is no connection; its text is why."""


class BrokenExchange(Exception):
    """A request, or a part of it, went out, and no whole answer came; its text is why."""


class Limits(Struct, frozen=True):
    """Bounds on one exchange.

    Attributes:
        connect: seconds for each step of making a connection.
        answer: seconds for a whole answer, and before it for each block that is sent.
        body: bytes of an answer that is kept in memory, or that comes as a stream.
    """

    connect: float = 10.0
    answer: float = 60.0
    body: int = 64 * 1024 * 1024


class Request(NamedTuple):
    """What goes on the wire: every header, and the body in blocks."""

    method: str
    target: str
    headers: Mapping[str, str]
    blocks: Iterator[bytes] | None


class Wire:
    """A connection that was made once and is never made again."""

    def __init__(self, route: Route, limits: Limits, deadlines: Deadlines) -> None:
        """Connects; raises `NoConnection`."""
        self._limits, self._deadlines = limits, deadlines
        try:
            self._connection: HTTPConnection = deadlines.connect(
                lambda: route.connect(limits.connect)
            )
        except BROKEN as cause:
            raise NoConnection(cause_of(cause)) from cause

    def close(self) -> None:
        """Ends the connection, whatever is still on its way."""
        self._connection.close()

    @property
    def is_open(self) -> bool:
        """Whether the last answer left the connection open."""
        return self._connection.sock is not None

    def is_quiet(self) -> bool:
        """Whether the peer still listens and has said nothing unasked, such as goodbye."""
        sock = self._connection.sock
        if sock is None:
            return False
        sock.settimeout(0.0)
        try:
            # A read, not a peek: TLS tickets that wait to be read are no goodbye.
            sock.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            return False
        return False

    def exchange(self, request: Request, seconds: float | None, sink: Sink | None = None) -> Reply:
        """Sends `request` once and reads the answer within `seconds`.

        With `sink` the body of a success goes there, block by block, and not into the reply.
        Raises `BrokenExchange`; an error that `request.blocks` raises breaks the request off
        and passes through. After either the connection is of no more use: close it.
        """
        try:
            return self._exchange(request, seconds or self._limits.answer, sink)
        except BROKEN as cause:
            raise BrokenExchange(cause_of(cause)) from cause

    def flow(self, request: Request, seconds: float | None, judge: Judge) -> Iterator[bytes]:
        """Sends `request` once and yields the body of a success as it comes, in blocks.

        The whole of it is bounded by `seconds` and by the bytes of an answer. What `judge`
        raises passes through. Raises `BrokenExchange`; the connection is of no more use after.
        """
        try:
            yield from self._flow(request, seconds or self._limits.answer, judge)
        except BROKEN as cause:
            raise BrokenExchange(cause_of(cause)) from cause

    def _flow(self, request: Request, seconds: float, judge: Judge) -> Iterator[bytes]:
        failure = self._send(request, seconds)
        with (
            self._within(seconds) as check,
            closing(self._connection.getresponse()) as response,
        ):
            head = self._head(response)
            check()
            judge(head)
            if failure:
                raise failure
            yield from self._blocks(response)

    def _blocks(self, response: BaseHTTPResponse) -> Iterator[bytes]:
        """The body as it comes: no block waits to be full."""
        size = 0
        while block := response.read1(BLOCK):
            size += len(block)
            self._check_size(size)
            yield block

    def _head(self, response: BaseHTTPResponse) -> Reply:
        """The answer without the body of a success; that of an error is short, and read."""
        if response.status in SUCCESS:
            return Reply(response.status, _lower(response), b"")
        return self._read(response, None)

    def _exchange(self, request: Request, seconds: float, sink: Sink | None) -> Reply:
        failure = self._send(request, seconds)
        reply = self._receive(seconds, sink)
        if reply.status < HTTPStatus.OK:  # the final answer is still to come, and no one's after
            self.close()
        if failure and reply.status in SUCCESS:
            raise failure
        return reply

    def _send(self, request: Request, seconds: float) -> OSError | None:
        """What kept the request from going out whole, when an early answer may explain it.

        Each block may take so many `seconds`; the whole may be large.
        """
        self._connection.timeout = seconds
        try:
            with self._within(math.inf):
                self._connection.request(
                    request.method,
                    request.target,
                    body=request.blocks,
                    headers=request.headers,
                    preload_content=False,
                    decode_content=False,
                )
        except _HUNG_UP as failure:
            return failure
        return None

    def _receive(self, seconds: float, sink: Sink | None) -> Reply:
        with self._within(seconds), closing(self._connection.getresponse()) as response:
            return self._read(response, sink)

    def _within(self, seconds: float) -> AbstractContextManager[Callable[[], None]]:
        return self._deadlines.answer(self._connection.sock, seconds)

    def _read(self, response: BaseHTTPResponse, sink: Sink | None) -> Reply:
        body = bytearray()
        take = sink if sink and response.status in SUCCESS else None
        if take is None:
            take = body.extend
            self._check_size(response.length_remaining or 0)  # as it is announced
        while block := response.read(BLOCK):
            take(block)
            self._check_size(len(body))
        return Reply(response.status, _lower(response), bytes(body))

    def _check_size(self, size: int) -> None:
        if size > self._limits.body:
            raise ValueError(f"{TOO_LARGE}: more than {self._limits.body:,} bytes")


def _lower(response: BaseHTTPResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}
