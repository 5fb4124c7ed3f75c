"""A service put together: an open store, the application over it, a bound socket."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct
from starlette.types import ASGIApp

from reconciler.sandbox.call import Api, Clock
from reconciler.sandbox.gate import Gate
from reconciler.sandbox.listener import base_url, bind, listen
from reconciler.sandbox.pace import Pace
from reconciler.sandbox.store import Store


class Service(Struct, frozen=True):
    """A simulator that is ready to listen."""

    store: Store
    gate: ASGIApp
    sock: socket.socket
    base_url: str

    async def run(self, ready: Callable[[], None], stop: asyncio.Event) -> None:
        """Answer requests until `stop`; `ready` is called once connections are taken."""
        await listen(self.gate, self.sock, ready, stop)


@contextmanager
def service(
    store: Path | None, pace: Pace, clock: Clock | None = None, *, host: str, port: int
) -> Iterator[Service]:
    """A service over a store, at an address; port 0 is any free one.

    Raises:
        OSError: the store or the address cannot be had.
        ValueError: the store was made by another version of the simulator.
    """
    with Store(store) as opened, bind(host, port) as sock:
        yield Service(opened, Gate(Api(opened, pace, clock)), sock, base_url(sock))
