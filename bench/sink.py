"""A server that takes uploads and keeps none: it reads a body to its end and tells its size.

So an upload is measured, and not what a store does with it. A thread a connection; with the path
of a certificate and its key in one file it speaks TLS. With a speed it reads no faster: so many
bytes a second over all connections together.
"""

import argparse
import json
import re
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any

from bench.link import Link

Carry = Callable[[int], object]
"""Told how many bytes were read; returns when they may have come."""

BLOCK = 1 << 20
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_CONTINUE = re.compile(rb"\r\nexpect: *100-continue\r\n", re.IGNORECASE)


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pem", type=Path)
    parser.add_argument("--speed", type=float, help="bytes a second")
    options = parser.parse_args()
    carry = Link(options.speed).carry if options.speed else int
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH) if options.pem else None
    if context:
        context.load_cert_chain(options.pem)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        scheme = "https" if context else "http"
        print(f"sink at {scheme}://127.0.0.1:{listener.getsockname()[1]}/v1")
        while True:
            connection, _ = listener.accept()
            Thread(target=_serve, args=(connection, context, carry), daemon=True).start()


def _serve(connection: socket.socket, context: ssl.SSLContext | None, carry: Carry) -> None:
    with suppress(OSError), connection:
        if context:
            with context.wrap_socket(connection, server_side=True) as secure:
                _answer(secure, carry)
        else:
            _answer(connection, carry)


def _answer(connection: socket.socket, carry: Carry) -> None:
    head, rest = _head(connection)
    if not head.strip():
        return  # a connection that carried nothing
    found = _LENGTH.search(head)
    length = int(found[1]) if found else 0
    if _CONTINUE.search(head):
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    got = rest + _drained(connection, length - rest, carry)
    body = json.dumps(_object(head.split()[1].decode(), got)).encode()
    said = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
    connection.sendall(b"%sContent-Length: %d\r\n\r\n%s" % (said, len(body), body))


def _object(path: str, got: int) -> dict[str, Any]:
    """What was made of so many bytes at this path; an upload does not add up its parts."""
    file = {"id": "file-sink", "object": "file", "bytes": got, "status": "processed"}
    file |= {"filename": "f.jsonl", "purpose": "fine-tune"}
    match path.rpartition("/")[2]:
        case "uploads":
            return {"id": "upload_sink", "object": "upload", "status": "pending"}
        case "parts":
            return {"id": "part_sink", "object": "upload.part"}
        case "complete":
            return {"id": "upload_sink", "object": "upload", "status": "completed", "file": file}
        case _:
            return file


def _head(connection: socket.socket) -> tuple[bytes, int]:
    """The head of a request, and how much of its body came with it."""
    data = b""
    while b"\r\n\r\n" not in data:
        block = connection.recv(BLOCK)
        if not block:
            break
        data += block
    head, _, rest = data.partition(b"\r\n\r\n")
    return head + b"\r\n", len(rest)


def _drained(connection: socket.socket, left: int, carry: Carry) -> int:
    buffer, got = bytearray(BLOCK), 0
    while got < left and (count := connection.recv_into(buffer)):
        got += count
        carry(count)
    return got


main()
