"""Serving the application on a socket: uvicorn's HTTP protocol, without its process handling.

No signal handlers, no log lines, no ticking loop, so that it starts and stops at once and can
live in a thread of another program.
"""

import asyncio
import logging
import socket
from asyncio import AbstractEventLoop, Transport
from collections.abc import Callable
from typing import Any

from starlette.types import ASGIApp
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

GRACE = 0.05
"""Seconds that requests in flight get to end when the server stops."""

KEEP_ALIVE = 600
"""Seconds an idle connection is kept: no test should meet a closing one by chance."""

_STEPS = 4
"""Turns of the loop from an accepted socket to its connection: before that nobody can close it, and
a server that is closed meanwhile forgets it."""

_BACKLOG = 512
_quiet = logging.getLogger("reconciler.sandbox.http")
_quiet.propagate = False
_quiet.addHandler(logging.NullHandler())


class Connection(HttpToolsProtocol):
    """A connection that is silent, and that the application can cut."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.logger = self.access_logger = _quiet
        self.access_log = False

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Give every request of the connection a way to cut it."""
        super().connection_made(transport)
        self.app_state = {"cut": transport.abort}


def bind(host: str, port: int) -> socket.socket:
    """A socket that is bound; port 0 is any free one.

    Raises:
        OSError: the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio turns Nagle's algorithm off: 40 ms less an answer.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
    except BaseException:
        sock.close()
        raise
    return sock


def base_url(sock: socket.socket) -> str:
    """The base URL of the API on a bound socket."""
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}/v1" if ":" in host else f"http://{host}:{port}/v1"


async def listen(
    app: ASGIApp, sock: socket.socket, ready: Callable[[], None], stop: asyncio.Event
) -> None:
    """Serve an application until `stop`; `ready` is called once connections are taken."""
    config = Config(
        app,
        lifespan="off",
        log_config=None,
        ws="none",
        interface="asgi3",
        timeout_keep_alive=KEEP_ALIVE,
    )
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Connection(config, state, {}, loop), sock=sock, backlog=_BACKLOG
    )
    ready()
    await stop.wait()
    loop.remove_reader(sock.fileno())
    for _ in range(_STEPS):
        await asyncio.sleep(0)
    server.close()
    await _end(state)


async def _end(state: ServerState) -> None:
    """Close idle connections, give requests in flight a moment, then cut the rest."""
    for connection in list(state.connections):
        connection.shutdown()
    if state.tasks:
        await asyncio.wait(list(state.tasks), timeout=GRACE)
    for task in list(state.tasks):
        task.cancel()
    for connection in list(state.connections):
        connection.transport.abort()
    await asyncio.gather(*state.tasks, return_exceptions=True)
