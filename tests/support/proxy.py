"""A proxy on real sockets: requests go on to a server, but for those that a fault is for.

It does what a server cannot do to itself: the fault is played instead of the request, or the
request is carried out and the fault is all that the client sees of its answer.
"""

import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from tests.support.scripted import TIMEOUT, Act, Peer, Received, Scripted


@dataclass
class Proxy:
    """Stands before the server at `port` of this machine.

    Attributes:
        hits: whether the fault is for a request.
        fault: what such a request meets; None lets it go on.
        carries: whether it is carried out first.
    """

    port: int
    hits: Callable[[Received], bool] = lambda _: False
    fault: Act | None = None
    carries: bool = False
    _front: Scripted = field(init=False)

    def __enter__(self) -> Self:
        self._front = Scripted([Act(self._answer)])
        self._front.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._front.__exit__(*error)

    @property
    def base_url(self) -> str:
        """Where the API seems to be, with `/v1`."""
        return self._front.base_url

    @property
    def requests(self) -> list[Received]:
        """What came in, in order."""
        return self._front.requests

    def _answer(self, peer: Peer) -> bool:
        fault = self.fault if self.hits(peer.request) else None
        if fault is None:
            peer.send(self._carried_out(peer.request))
            return False
        peer.given = (
            self._carried_out(peer.request).partition(b"\r\n\r\n")[2] if self.carries else b""
        )
        return fault.do(peer)

    def _carried_out(self, request: Received) -> bytes:
        """Every byte of the server's answer."""
        headers = {**request.headers, "connection": "close"}
        lines = [f"{request.method} {request.target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        with socket.create_connection(("127.0.0.1", self.port), TIMEOUT) as server:
            server.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + request.body)
            return b"".join(iter(lambda: server.recv(65536), b""))
