"""The door of a simulator: it judges each change that is asked for, and can keep one for later."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

PATIENCE = 10.0


@dataclass(slots=True)
class Door:
    """An application in front of the simulator's own.

    Attributes:
        recorded: the bytes of the state and its journal as they are on the disk now.
        is_gated: whether a change waits until it is permitted.
        told: hears of each create, by its op, before it is carried out.
        reads, writes: how many requests of the API there were.
        problems: what no request may do, and one did.
        ops: how often each create was sent.
    """

    app: ASGIApp
    recorded: Callable[[], bytes] = bytes
    is_gated: bool = False
    told: Callable[[str], None] | None = None
    reads: int = 0
    writes: int = 0
    problems: list[str] = field(default_factory=list)
    ops: Counter[str] = field(default_factory=Counter)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _busy: int = 0
    _permitted: set[int] = field(default_factory=set)
    _waiting: dict[int, "Held"] = field(default_factory=dict)

    def permit(self, port: int) -> None:
        """See `seam.Gate`."""
        with self._changed:
            if held := self._waiting.pop(port, None):
                held.release()
            else:
                self._permitted.add(port)

    def keep(self, port: int) -> None:
        """See `seam.Gate`."""
        self._until(lambda: port in self._waiting, f"the request from port {port}")

    def settle(self) -> None:
        """Return when nothing is under way but what is kept."""
        self._until(lambda: self._busy == len(self._waiting), "the requests under way")
        self._permitted.clear()

    def let_in(self) -> int:
        """Carry out what was kept; how many requests that was."""
        with self._changed:
            held, self._waiting = self._waiting, {}
        for each in held.values():
            each.release()
        self.settle()
        return len(held)

    def begin(self, ops: Counter[str]) -> None:
        """A new history begins, in which these creates were sent already."""
        self.problems.clear()
        self.ops = ops.copy()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, at its time."""
        if not scope["path"].startswith("/v1/"):
            await self.app(scope, receive, send)
            return
        self._count(scope)
        try:
            if scope["method"] != "GET":
                self._judge(scope)
                if self.is_gated:
                    receive = await self._waited(scope, receive)
            await self.app(scope, receive, send)
        finally:
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()

    def _count(self, scope: Scope) -> None:
        with self._changed:
            self._busy += 1
            if scope["method"] == "GET":
                self.reads += 1
            else:
                self.writes += 1

    def _judge(self, scope: Scope) -> None:
        """I3: what is sent stands in the journal already, and no create is sent twice."""
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        request = f"{scope['method']} {scope['path']}"
        op = headers.get(b"idempotency-key", "")
        named = op or scope["path"].removesuffix("/cancel").rpartition("/")[2]
        is_question = scope["path"].endswith("/chat/completions")  # it makes nothing
        if headers.get(b"authorization") == "Bearer other" or is_question:
            return
        if named.encode() not in self.recorded():
            self.problems.append(f"I3: {request} was sent before {named} was in the journal")
        if op and self.told:
            self.told(op)
        self.ops[op] += bool(op)
        if self.ops[op] > 1:
            self.problems.append(f"I3: {request} was sent {self.ops[op]} times with one op")

    async def _waited(self, scope: Scope, receive: Receive) -> Receive:
        """The whole request, once it may be carried out, whether its client still lives or not."""
        messages = [await receive()]
        while messages[-1].get("more_body"):
            messages.append(await receive())
        if messages[-1]["type"] == "http.request":
            await self._admitted(int(scope["client"][1]))

        async def again() -> Message:
            return messages.pop(0) if messages else await receive()

        return again

    async def _admitted(self, port: int) -> None:
        held = Held(asyncio.get_running_loop(), asyncio.Event())
        with self._changed:
            if port in self._permitted:
                self._permitted.discard(port)
                return
            self._waiting[port] = held
            self._changed.notify_all()
        await held.event.wait()

    def _until(self, is_so: Callable[[], bool], what: str) -> None:
        with self._changed:
            assert self._changed.wait_for(is_so, PATIENCE), f"waited in vain for {what}"


@dataclass(frozen=True, slots=True)
class Held:
    """A request that waits, in its server's loop."""

    loop: asyncio.AbstractEventLoop
    event: asyncio.Event

    def release(self) -> None:
        """Let it go on."""
        self.loop.call_soon_threadsafe(self.event.set)
