"""The way in and out: kept connections for what may be repeated, a fresh one for what may not."""

from collections import deque
from collections.abc import Callable, Generator
from functools import partial
from types import TracebackType
from typing import Self

from reconciler import __version__
from reconciler.api.call import Call
from reconciler.api.clock import ServerClock, uptime
from reconciler.api.deadline import Deadlines
from reconciler.api.endpoint import Endpoint
from reconciler.api.line import Line
from reconciler.api.outcome import accept_stream, broken, unreachable
from reconciler.api.reply import Reply
from reconciler.api.route import route_to
from reconciler.api.wire import BrokenExchange, Limits, NoConnection, Request, Sink, Wire

# As many as upload at the same time; more are closed after their answer.
KEPT_CONNECTIONS = 8


class Transport:
    """Sends requests to one endpoint; any number of threads may use it.

    It never repeats a request and never follows a redirect: there is no code in it that could.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        limits: Limits | None = None,
        clock: Callable[[], float] = uptime,
        user_agent: str = f"reconciler/{__version__}",
    ) -> None:
        self.endpoint = endpoint
        self._limits = limits or Limits()
        self._route = route_to(endpoint.address)
        self._server_clock = ServerClock(clock)
        self._deadlines = Deadlines()
        self._user_agent = user_agent
        self._kept: deque[Wire] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the kept connections, and ends the thread that watches them."""
        while self._kept:
            self._kept.pop().close()
        self._deadlines.close()

    def hasten(self, seconds: float) -> None:
        """End every exchange within so many seconds, those under way and those to come."""
        self._deadlines.hasten(seconds)

    def now(self) -> int | None:
        """Unix seconds by the API's own clock, or None before its first answer."""
        return self._server_clock.now()

    def wall(self) -> float:
        """This machine's own Unix seconds, which may be wrong."""
        return self._server_clock.wall()

    def request(self, call: Call, sink: Sink | None = None) -> Reply:
        """The answer to a call, over a kept connection where there is one; sent once.

        With `sink` the body of a success goes there instead of into the reply.

        Raises:
            Unreachable: nothing was sent.
            Unknown: no whole answer came.
        """
        wire = self._take() or self._connect()
        reply = self.exchange(wire, call, sink)
        self._keep(wire)
        return reply

    def dial(self) -> Line:
        """A fresh connection, made now, with nothing sent; raises `Unreachable`."""
        return Line(self, self._connect())

    def flow(self, call: Call) -> Generator[bytes, None, None]:
        """The body of a success in blocks as it comes, over a connection of its own.

        Nothing is sent before the first block is asked for; closing the generator, or its end,
        closes the connection.

        Raises:
            Unreachable: nothing was sent.
            ApiError: the answer is no event stream: as `outcome.accept_stream`.
            Unknown: it broke off, before its first block or later.
        """
        wire = self._connect()
        try:
            yield from wire.flow(self._request(call), call.seconds, partial(self._judge, call))
        except BrokenExchange as cause:
            raise broken(self.endpoint, call, str(cause)) from cause
        finally:
            wire.close()

    def exchange(self, wire: Wire, call: Call, sink: Sink | None = None) -> Reply:
        """Sends `call` once on `wire`; closes it when that fails."""
        try:
            reply = wire.exchange(self._request(call), call.seconds, sink)
        except BrokenExchange as cause:
            wire.close()
            raise broken(self.endpoint, call, str(cause)) from cause
        except BaseException:
            # A form that breaks itself off, an interrupt: what is on the wire is unfinished.
            wire.close()
            raise
        self._server_clock.note(reply.date)
        return reply

    def _judge(self, call: Call, head: Reply) -> None:
        self._server_clock.note(head.date)
        accept_stream(self.endpoint, call, head)

    def _connect(self) -> Wire:
        try:
            return Wire(self._route, self._limits, self._deadlines)
        except NoConnection as cause:
            raise unreachable(self.endpoint, str(cause)) from cause

    def _take(self) -> Wire | None:
        """A kept connection that the server has not closed meanwhile."""
        while self._kept:
            try:
                wire = self._kept.pop()
            except IndexError:  # another thread took the last one
                return None
            if wire.is_quiet():
                return wire
            wire.close()
        return None

    def _keep(self, wire: Wire) -> None:
        if wire.is_open and len(self._kept) < KEPT_CONNECTIONS:
            self._kept.append(wire)
        else:
            wire.close()

    def _request(self, call: Call) -> Request:
        headers = self._headers()
        if call.op:
            headers["Idempotency-Key"] = call.op
        blocks = None
        if call.payload:
            headers["Content-Type"] = call.payload.content_type
            headers["Content-Length"] = str(call.payload.length)
            blocks = iter(call.payload.blocks)
        target = f"{self.endpoint.address.path}{call.target}"
        return Request(call.method, target, headers, blocks)

    def _headers(self) -> dict[str, str]:
        endpoint = self.endpoint
        headers = {
            "Accept": "application/json",
            # Identity: a body is as large as it looks.
            "Accept-Encoding": "identity",
            "User-Agent": self._user_agent,
        }
        if endpoint.dialect.auth == "api-key":
            headers["api-key"] = endpoint.key
        else:
            headers["Authorization"] = f"Bearer {endpoint.key}"
        if endpoint.organization:
            headers["OpenAI-Organization"] = endpoint.organization
        if endpoint.project:
            headers["OpenAI-Project"] = endpoint.project
        return headers
