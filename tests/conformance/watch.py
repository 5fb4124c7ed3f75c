"""Watching a simulator: every request and its answer, whichever client sent it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from unittest.mock import patch

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reconciler.sandbox import service
from reconciler.sandbox.call import Api


@dataclass(slots=True)
class Exchange:
    """A request and its answer; `path` is below `/v1` and decoded."""

    method: str
    path: str
    query: str
    sent_type: str = ""
    sent: bytearray = field(default_factory=bytearray)
    status: int = 0
    content_type: str = ""
    body: bytearray = field(default_factory=bytearray)


Watch = Callable[[Exchange], None]


@contextmanager
def watching(watch: Watch) -> Iterator[None]:
    """Every simulator that starts in the context shows its exchanges, before the client sees them.

    The control endpoints are not the API's, and are not shown.
    """
    inner: Callable[[Api], ASGIApp] = vars(service)["Gate"]

    def watched(api: Api) -> ASGIApp:
        return _Watched(inner(api), watch)

    with patch.object(service, "Gate", watched):
        yield


class _Watched:
    """An application whose messages are read on their way."""

    def __init__(self, app: ASGIApp, watch: Watch) -> None:
        self._app, self._watch = app, watch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if not path.startswith("/v1/"):
            await self._app(scope, receive, send)
            return
        query = scope["query_string"].decode("latin-1")
        exchange = Exchange(scope["method"], path.removeprefix("/v1"), query)
        exchange.sent_type = _header(scope, b"content-type")

        async def hear() -> Message:
            message = await receive()
            exchange.sent += message.get("body", b"")
            return message

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                exchange.content_type = _header(message, b"content-type")
            else:
                exchange.body += message.get("body", b"")
                if not message.get("more_body"):
                    self._watch(exchange)
            await send(message)

        await self._app(scope, hear, tell)


def _header(message: Message | Scope, name: bytes) -> str:
    values = [value.decode("latin-1") for key, value in message["headers"] if key.lower() == name]
    return values[0].partition(";")[0] if values else ""
