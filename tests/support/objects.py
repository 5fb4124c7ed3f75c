"""A web server with objects, which is a store as well: what it is asked, and how it fails."""

import hashlib
import re
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit


class Asked(NamedTuple):
    """One request."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]


class Shelf:
    """Objects by their path, without the slash before it.

    Attributes:
        faults: path → what is done instead; it says whether it did anything.
        sent: bytes of bodies that went out.
    """

    def __init__(self, certificate: Path | None = None) -> None:
        self.objects: dict[str, bytes] = {}
        self.faults: dict[str, Callable[[BaseHTTPRequestHandler], bool]] = {}
        self.asked: list[Asked] = []
        self.sent = 0
        self.server = _Server(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            self.scheme = "https"

    @property
    def host(self) -> str:
        """`localhost:PORT`."""
        return f"localhost:{self.server.server_port}"

    @property
    def url(self) -> str:
        """Where it is."""
        return f"{self.scheme}://{self.host}"

    def counted(self) -> dict[str, int]:
        """Method → how many requests there were since the last time."""
        methods = [asked.method for asked in self.asked]
        self.asked.clear()
        return {method: methods.count(method) for method in sorted({*methods})}


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """A client that leaves is no error."""


def _handler(shelf: Shelf) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            name = unquote(parts.path).removeprefix("/")
            headers = {name.lower(): value for name, value in self.headers.items()}
            shelf.asked.append(Asked(self.command, name, parts.query, headers))
            if (fault := shelf.faults.get(name)) and fault(self):
                return
            data = shelf.objects.get(name)
            if data is None:
                answer(self, 404, b"<Error><Code>NoSuchKey</Code></Error>")
                return
            tag = f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'
            if headers.get("if-match", tag) != tag:
                answer(self, 412)
                return
            shelf.sent += serve(self, data, tag)

    return Handler


def serve(handler: BaseHTTPRequestHandler, data: bytes, tag: str, cut: int | None = None) -> int:
    """Send an object, or the part that is asked for; `cut`: only so many bytes of it."""
    found = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("range", ""))
    start = int(found[1]) if found else 0
    body = data[start:]
    handler.send_response(206 if found else 200)
    handler.send_header("ETag", tag)
    handler.send_header("Content-Length", str(len(body)))
    if found:
        handler.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
    handler.end_headers()
    if handler.command == "HEAD":
        return 0
    handler.wfile.write(body[:cut])
    if cut is not None:
        handler.wfile.flush()
        handler.close_connection = True
    return len(body[:cut])


def answer(handler: BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> bool:
    """Send a short answer."""
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(body)
    return True


@contextmanager
def shelf(certificate: Path | None = None) -> Iterator[Shelf]:
    """A server that runs as long as the context lasts."""
    made = Shelf(certificate)
    thread = threading.Thread(target=made.server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield made
    finally:
        made.server.shutdown()
        thread.join()
        made.server.server_close()
