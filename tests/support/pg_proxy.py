"""A socket before a PostgreSQL server that does to sessions what networks and poolers do.

`pools` hands the session over to another one of the server once it is open, as a pooler in
transaction mode does between two transactions. `loses` names a part of a statement whose answer is
swallowed, though the server gave it; the connection then ends. All bytes are counted.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from select import select
from tempfile import TemporaryDirectory

from tests.support.postgres import Server

NAME = ".s.PGSQL.5432"
READY = b"Z\x00\x00\x00\x05I"
"""How an answer ends, outside of a transaction."""


@dataclass
class PgProxy:
    """A server that is reached in a roundabout way.

    Attributes:
        loses: of which statement, by a part of it, the answer is lost; nothing is when empty.
        trips: how often something was sent, and an answer was waited for.
        sent: bytes that came from the client.
        asked: how often something was sent.
        ends_at: with which of these the way ends, for old and new sessions; None lets all through.
        carries: whether the server still gets that one.
    """

    server: Server
    folder: Path
    pools: bool = False
    loses: bytes = b""
    asked: int = 0
    ends_at: int | None = None
    carries: bool = False
    trips: int = 0
    sent: int = 0
    lost: int = 0
    _clients: list[socket.socket] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    @property
    def sessions(self) -> int:
        """How many were opened."""
        return len(self._clients)

    @property
    def environ(self) -> dict[str, str]:
        """What libpq needs to come this way."""
        return {**self.server.environ, "PGHOST": str(self.folder)}

    def listen(self, front: socket.socket) -> None:
        """Serve each connection until the front is closed."""
        with suppress(OSError):
            while True:
                client, _ = front.accept()
                if self._is_ended:
                    client.close()
                    continue
                self._clients.append(client)
                thread = threading.Thread(target=self._serve, args=(client,))
                self._threads.append(thread)
                thread.start()

    def end(self) -> None:
        """End every connection."""
        for client in self._clients:
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    @property
    def _is_ended(self) -> bool:
        return self.ends_at is not None and self.asked >= self.ends_at

    def _serve(self, client: socket.socket) -> None:
        with client, self._upstream() as own:
            hello = client.recv(65536)
            while hello[4:8] in {b"\x04\xd2\x16\x2f", b"\x04\xd2\x16\x30"}:  # SSL, GSS: no
                client.sendall(b"N")
                hello = client.recv(65536)
            client.sendall(_answer(own, hello))
            if not self.pools:
                self._pump(client, own)
                return
            with self._upstream() as other:
                _answer(other, hello)
                self._pump(client, other)

    def _upstream(self) -> socket.socket:
        made = socket.socket(socket.AF_UNIX)
        made.connect(str(self.server.folder / NAME))
        return made

    def _pump(self, client: socket.socket, server: socket.socket) -> None:
        is_losing = is_asked = False
        while True:
            for ready in select([client, server], [], [])[0]:
                data = ready.recv(1 << 20)
                if not data:
                    return
                if ready is client:
                    self.sent += len(data)
                    is_losing = is_losing or bool(self.loses and self.loses in data)
                    is_asked = True
                    self.asked += 1
                    if self._is_ended and not (self.carries and self.asked == self.ends_at):
                        return
                    is_losing = is_losing or self._is_ended
                    server.sendall(data)
                    continue
                self.trips += is_asked
                is_asked = False
                if is_losing:
                    self.lost += 1
                    return
                with suppress(OSError):
                    client.sendall(data)


def _answer(server: socket.socket, hello: bytes) -> bytes:
    """All that a server says to a beginning."""
    server.sendall(hello)
    said = b""
    while not said.endswith(READY):
        said += server.recv(65536)
    return said


@contextmanager
def pg_proxy(server: Server) -> Iterator[PgProxy]:
    """A way to the server as long as the context lasts."""
    with TemporaryDirectory(prefix="pg-") as folder, socket.socket(socket.AF_UNIX) as front:
        front.bind(str(Path(folder, NAME)))
        front.listen()
        proxy = PgProxy(server, Path(folder))
        listener = threading.Thread(target=proxy.listen, args=(front,))
        listener.start()
        try:
            yield proxy
        finally:
            front.shutdown(socket.SHUT_RDWR)
            listener.join()
            proxy.end()
