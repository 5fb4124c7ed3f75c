"""A server that takes uploads and keeps none: it reads a body to its end and tells its size.

So an upload is measured, and not what a store does with it. One connection at a time.
"""

import json
import re
import socket

BLOCK = 1 << 20
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_CONTINUE = re.compile(rb"\r\nexpect: *100-continue\r\n", re.IGNORECASE)


def main() -> None:
    """Serve until the process is ended."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(f"sink at http://127.0.0.1:{listener.getsockname()[1]}/v1")
        while True:
            connection, _ = listener.accept()
            with connection:
                _answer(connection)


def _answer(connection: socket.socket) -> None:
    head, rest = _head(connection)
    found = _LENGTH.search(head)
    length = int(found[1]) if found else 0
    if _CONTINUE.search(head):
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    got = rest + _drained(connection, length - rest)
    file = {"id": "file-sink", "object": "file", "bytes": got, "status": "processed"}
    body = json.dumps(file | {"filename": "f.jsonl", "purpose": "fine-tune"}).encode()
    said = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
    connection.sendall(b"%sContent-Length: %d\r\n\r\n%s" % (said, len(body), body))


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


def _drained(connection: socket.socket, left: int) -> int:
    buffer, got = bytearray(BLOCK), 0
    while got < left and (count := connection.recv_into(buffer)):
        got += count
    return got


main()
