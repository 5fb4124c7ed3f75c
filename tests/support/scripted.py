"""A server on a raw socket that answers byte for byte what a script says."""

import json
import socket
import ssl
import struct
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

TIMEOUT = 10.0
ELSEWHERE = "/elsewhere"


@dataclass(frozen=True)
class Received:
    """One request as it came in; `is_whole` tells whether its body came to its end."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    is_whole: bool


class Peer:
    """The server's side of one connection.

    Attributes:
        request: the one that is being answered.
        given: the body with which a server behind this one answered it, if there is one.
    """

    request: Received

    def __init__(self, sock: socket.socket, closing: threading.Event) -> None:
        self.sock = sock
        self.closing = closing
        self.given = b""

    @property
    def elsewhere(self) -> str:
        """A place under another name, at which this server sees whoever goes there."""
        return f"http://127.0.0.1:{self.sock.getsockname()[1]}{ELSEWHERE}"

    def send(self, data: bytes) -> None:
        """Sends all of `data`; a client that has gone is no error."""
        with suppress(OSError):
            self.sock.sendall(data)

    def reset(self) -> None:
        """Ends the connection with an RST instead of a FIN."""
        with suppress(OSError):
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def send_below_tls(self, data: bytes) -> None:
        """Sends bytes that no TLS record holds."""
        with socket.socket(fileno=socket.dup(self.sock.fileno())) as below:
            below.sendall(data)


@dataclass(frozen=True)
class Act:
    """What is done with one request; `do` says whether the connection goes on."""

    do: Callable[[Peer], bool]
    reads_body: bool = True


def http(
    status: int, body: bytes, headers: Iterable[str] = (), *, length: int | None = None
) -> bytes:
    """An HTTP/1.1 answer; `length` may lie about the body."""
    lines = [
        f"HTTP/1.1 {status} Reason",
        f"Content-Length: {len(body) if length is None else length}",
    ]
    return "\r\n".join([*lines, *headers, "", ""]).encode() + body


def answer(status: int, value: object, *headers: str) -> Act:
    """A JSON answer; the connection goes on."""
    kind = "Content-Type: application/json"
    return raw(http(status, json.dumps(value).encode(), [kind, *headers]), goes_on=True)


def page(status: int = 404, text: str = "<html><title>Not Found</title></html>") -> Act:
    """An HTML answer, as a gateway gives it."""
    return raw(
        http(status, text.encode(), ["Content-Type: text/html; charset=utf-8"]), goes_on=True
    )


def complaint(status: int, code: str | None = None, message: str = "no", *headers: str) -> Act:
    """The API's JSON error."""
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return answer(status, {"error": error}, *headers)


def raw(data: bytes, *, goes_on: bool = False, reads_body: bool = True) -> Act:
    """Exactly these bytes, then FIN unless the connection goes on."""

    def do(peer: Peer) -> bool:
        peer.send(data)
        return goes_on

    return Act(do, reads_body)


def chunked(*blocks: bytes, kind: str = "text/event-stream", ends: bool = True) -> bytes:
    """A 200 with each block as a chunk; without its end the answer is not whole."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n"
    parts = [b"%x\r\n%b\r\n" % (len(block), block) for block in blocks]
    return head.encode() + b"".join(parts) + (b"0\r\n\r\n" if ends else b"")


def by_path(acts: Mapping[str, Act]) -> Act:
    """The first act whose key ends the path that was asked for; bodies are read."""

    def do(peer: Peer) -> bool:
        path = peer.request.target.partition("?")[0]
        return next(act for end, act in acts.items() if path.endswith(end)).do(peer)

    return Act(do)


def in_turn(acts: Iterable[Act]) -> Act:
    """Another of these acts with each request; bodies are read."""
    script, one_asks = iter(acts), threading.Lock()  # a generator is not for several at once

    def do(peer: Peer) -> bool:
        with one_asks:
            act = next(script)
        return act.do(peer)

    return Act(do)


def until_gone(data: bytes, gone: threading.Event) -> Act:
    """These bytes, and then nothing; `gone` is set once the client has hung up."""

    def do(peer: Peer) -> bool:
        peer.send(data)
        with suppress(OSError):
            peer.sock.recv(1)
        gone.set()
        return False

    return Act(do)


def reset(*, after: bytes = b"", reads_body: bool = True) -> Act:
    """RST, after these bytes."""

    def do(peer: Peer) -> bool:
        peer.send(after)
        peer.reset()
        return False

    return Act(do, reads_body)


def early(data: bytes) -> Act:
    """An answer before the body is read; the body is read to nowhere afterwards."""

    def do(peer: Peer) -> bool:
        peer.send(data)
        with suppress(OSError):
            while peer.sock.recv(65536):
                pass
        return False

    return Act(do, reads_body=False)


def echo() -> Act:
    """An object whose id is the last part of the path that was asked for."""

    def do(peer: Peer) -> bool:
        return answer(200, {"id": peer.request.target.rpartition("/")[2]}).do(peer)

    return Act(do)


def drip(data: bytes, every: float, *, first: bytes = b"") -> Act:
    """One byte at a time, `every` so many seconds, after `first` at once."""

    def do(peer: Peer) -> bool:
        peer.send(first)
        for byte in data:
            with suppress(OSError):
                peer.sock.sendall(bytes([byte]))
            if peer.closing.wait(every):
                break
        return False

    return Act(do)


def stall() -> Act:
    """Nothing at all, until the server ends."""

    def do(peer: Peer) -> bool:
        peer.closing.wait(TIMEOUT)
        return False

    return Act(do)


def tls_break() -> Act:
    """Bytes below TLS that break it."""

    def do(peer: Peer) -> bool:
        peer.send_below_tls(b"this is no TLS record")
        return False

    return Act(do)


def tunnel(host: str, port: int) -> Act:
    """What a proxy does with CONNECT; the tunnel leads to `host` and `port` whatever was asked."""

    def do(peer: Peer) -> bool:
        with socket.create_connection((host, port), TIMEOUT) as upstream:
            peer.send(b"HTTP/1.1 200 Connected\r\n\r\n")
            back = threading.Thread(target=_pump, args=(upstream, peer.sock), daemon=True)
            back.start()
            _pump(peer.sock, upstream)
            back.join(TIMEOUT)
        return False

    return Act(do)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


@dataclass
class Scripted:
    """Plays the acts one a request, in order; the last one is repeated for ever.

    Attributes:
        acts: the script.
        certificate: with it (and its key, in one file) the server speaks TLS.
        greets: bytes sent as soon as a connection is made, before any request.
        hangs_up: connections are closed as soon as they are made.
    """

    acts: Iterable[Act]
    certificate: Path | None = None
    greets: bytes = b""
    hangs_up: bool = False
    requests: list[Received] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> Self:
        self._script = deque(self.acts)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._closing, self._ended = threading.Event(), threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()
        return self

    def __exit__(self, *error: object) -> None:
        self._closing.set()
        with self._lock:
            sockets = [self._listener, *self._open]
        for sock in sockets:
            with suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(TIMEOUT)

    @property
    def base_url(self) -> str:
        """Where the API is, with `/v1`."""
        return f"{'https' if self.certificate else 'http'}://localhost:{self.port}/v1"

    def count(self, method: str) -> int:
        """How many requests with this method came in, whole or not."""
        return sum(request.method == method for request in self.requests)

    def wait_for(self, requests: int) -> None:
        """Waits until so many requests came in, whole or not."""
        end = time.monotonic() + TIMEOUT
        while len(self.requests) < requests and time.monotonic() < end:
            time.sleep(0.005)

    def wait_for_end(self) -> None:
        """Waits until a connection was made and is over; raises `TimeoutError` where none is."""
        if not self._ended.wait(TIMEOUT):
            raise TimeoutError

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._converse, args=(sock,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _converse(self, sock: socket.socket) -> None:
        sock.settimeout(TIMEOUT)
        with suppress(OSError), self._secured(sock) as talk, self._noted(talk):
            talk.sendall(self.greets)
            peer = Peer(talk, self._closing)
            while not (self.hangs_up or self._closing.is_set()) and self._play(peer):
                pass
        self._ended.set()

    @contextmanager
    def _noted(self, talk: socket.socket) -> Iterator[None]:
        """A connection that the server's end cuts."""
        with self._lock:
            self._open.add(talk)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(talk)

    def _secured(self, sock: socket.socket) -> socket.socket:
        if self.certificate is None:
            return sock
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        try:
            return context.wrap_socket(sock, server_side=True)
        except BaseException:
            sock.close()
            raise

    def _play(self, peer: Peer) -> bool:
        """Answers one request; False when the connection is over."""
        head, rest = self._read_head(peer)
        if not head:
            return False
        with self._lock:
            act = self._script.popleft() if len(self._script) > 1 else self._script[0]
        request = self._read_request(peer, head, rest, act)
        peer.request = request
        with self._lock:
            self.requests.append(request)
        return (request.is_whole or not act.reads_body) and act.do(peer)

    def _read_head(self, peer: Peer) -> tuple[str, bytes]:
        data = b""
        while b"\r\n\r\n" not in data:
            block = self._receive(peer)
            if not block:
                return "", b""
            data += block
        head, _, rest = data.partition(b"\r\n\r\n")
        return head.decode("latin-1"), rest

    def _read_request(self, peer: Peer, head: str, rest: bytes, act: Act) -> Received:
        first, *lines = head.split("\r\n")
        method, target, _ = first.split(" ", 2)
        headers = {name.lower(): value for name, _, value in (x.partition(": ") for x in lines)}
        length = int(headers.get("content-length", "0"))
        body = bytearray(rest)
        while act.reads_body and len(body) < length:
            block = self._receive(peer)
            if not block:
                break
            body += block
        return Received(method, target, headers, bytes(body), len(body) == length)

    def _receive(self, peer: Peer) -> bytes:
        """The next bytes, or none when the client has gone or the server ends."""
        try:
            return peer.sock.recv(65536)
        except OSError:
            return b""


class Deaf:
    """A port at which nobody takes a connection: to connect there is to wait."""

    def __init__(self) -> None:
        self.requests: list[Received] = []

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=0)
        self.base_url = f"http://localhost:{self._listener.getsockname()[1]}/v1"
        self._waiting = [socket.socket() for _ in range(3)]
        for sock in self._waiting:  # they fill the queue
            sock.setblocking(False)
            sock.connect_ex(self._listener.getsockname())
        return self

    def __exit__(self, *error: object) -> None:
        for sock in (*self._waiting, self._listener):
            sock.close()


def make_certificate(folder: Path, name: str = "localhost") -> Path:
    """A self-signed certificate for `name` and 127.0.0.1, with its key in the same file."""
    key, cert, both = folder / "key.pem", folder / "cert.pem", folder / f"{name}.pem"
    curve = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1"
    command = f"openssl req -x509 {curve} -nodes -days 2 -subj /CN={name}"
    names = f"subjectAltName=DNS:{name},IP:127.0.0.1"
    leaf = ["-addext", "basicConstraints=critical,CA:FALSE"]  # rustls takes no authority's own
    files = ["-keyout", str(key), "-out", str(cert)]
    arguments = [*command.split(), "-addext", names, *leaf, *files]
    subprocess.run(arguments, check=True, capture_output=True)
    both.write_bytes(key.read_bytes() + cert.read_bytes())
    return both
