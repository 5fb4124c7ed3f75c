"""Uploads: the bytes on the wire, and what happens when the file is not the planned one."""

import hashlib
import io
import ssl
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.api import Upload
from reconciler.api.call import Call, Payload
from reconciler.api.multipart import BLOCK, form, planned_blocks
from reconciler.errors import ReconcilerError, Refusal, Refused, Unknown
from tests.support.api import client
from tests.support.scripted import Scripted, answer, early, http, make_certificate, raw

DONE = answer(200, {"id": "file-1", "object": "file"})


def planned(content: bytes, *, source: bytes | None = None) -> Upload:
    """An upload that plans `content` and reads `source`."""
    return Upload(
        source=io.BytesIO(content if source is None else source),
        path="data/support.jsonl",
        filename="p.support.jsonl",
        purpose="fine-tune",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def parts(headers: dict[str, str], body: bytes) -> dict[str, tuple[str | None, bytes]]:
    """Name → (filename, bytes) of a multipart form, as an independent parser reads it."""
    head = f"Content-Type: {headers['content-type']}\r\n\r\n".encode()
    found = {}
    for part in BytesParser(policy=HTTP).parsebytes(head + body).iter_parts():
        name = part.get_param("name", header="content-disposition")
        found[str(name)] = (part.get_filename(), part.get_payload(decode=True))
    return found  # type: ignore[return-value]  # payloads of leaf parts are bytes


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK])
def test_the_planned_bytes_arrive_whole(size: int) -> None:
    """Fields, name and bytes are what a form parser reads back."""
    content = (b"0123456789abcde\n" * (size // 16 + 1))[:size]
    upload = planned(content)._replace(expires_after=3600, filename='a"b.jsonl')
    with Scripted([DONE]) as server, client(server.base_url) as api:
        with api.dial() as line:
            assert line.create_file(upload, op="op-1")["id"] == "file-1"
        request = server.requests[0]
    assert request.is_whole
    assert parts(request.headers, request.body) == {
        "purpose": (None, b"fine-tune"),
        "expires_after[anchor]": (None, b"created_at"),
        "expires_after[seconds]": (None, b"3600"),
        "file": ("a%22b.jsonl", content),
    }


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "one byte": lambda content: content[:-1] + b"X",
    "first byte": lambda content: b"X" + content[1:],
    "longer": lambda content: content + b"X",
    "much longer": lambda content: content * 3,
    "shorter": lambda content: content[:-1],
    "empty": lambda content: b"",
}


@pytest.mark.parametrize("size", [10, BLOCK, 2 * BLOCK + 5])
@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_file_leaves_an_unfinished_request(change: str, size: int) -> None:
    """The server never has the whole request, so that it makes nothing."""
    content = b"a" * size
    upload = planned(content, source=CHANGES[change](content))
    with Scripted([DONE]) as server:
        with client(server.base_url) as api, api.dial() as line, pytest.raises(Refusal) as caught:
            line.create_file(upload, op="op-1")
        assert caught.value.what == "refused: data/support.jsonl changed after it was planned"
        server.wait_for(1)
    assert [request.is_whole for request in server.requests] == [False]


@given(st.binary(max_size=20), st.binary(max_size=20))
def test_the_last_block_stays_back_until_the_digest_is_known(plan: bytes, found: bytes) -> None:
    """Of other bytes than the planned ones not even as many as planned go out."""
    sent = b""
    with nullcontext() if plan == found else pytest.raises(Refusal):
        for block in planned_blocks(planned(plan, source=found)):
            sent += block
    assert sent == (plan if plan == found else b"")


class Unreadable(io.BytesIO):
    """A file on a disk that fails."""

    def read(self, size: int | None = -1, /) -> bytes:
        """No bytes."""
        raise OSError(5, "Input/output error")


def test_a_file_that_cannot_be_read_is_told_as_such() -> None:
    """A fault of this machine is not told as one of the endpoint."""
    upload = planned(b"abc")._replace(source=Unreadable())
    with (
        Scripted([DONE]) as server,
        client(server.base_url) as api,
        api.dial() as line,
        pytest.raises(ReconcilerError, match="cannot be read to its end") as caught,
    ):
        line.create_file(upload, op="op-1")
    assert caught.value.why == "Input/output error"


TOO_LARGE = http(413, b'{"error": {"message": "too large", "code": null}}')


@pytest.mark.parametrize("is_secure", [False, True])
def test_an_early_refusal_is_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_secure: bool
) -> None:
    """A 413 that comes before the body was read is told as a refusal, over TLS, too."""
    certificate = make_certificate(tmp_path) if is_secure else None
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    upload = planned(b"a" * (64 * BLOCK))
    with (
        Scripted([early(TOO_LARGE)], certificate) as server,
        client(server.base_url) as api,
        api.dial() as line,
        pytest.raises(Refused) as caught,
    ):
        line.create_file(upload, op="op-1")
    assert (caught.value.status, caught.value.why) == (413, '"too large"')


@pytest.mark.parametrize(
    "fault",
    [BrokenPipeError(), ConnectionResetError(), ssl.SSLEOFError(), ssl.SSLZeroReturnError()],
)
def test_a_peer_that_takes_no_more_may_have_said_why(fault: OSError) -> None:
    """Whatever sending fails with then, in the clear or over TLS, its answer is read."""

    def blocks() -> Iterator[bytes]:
        yield b"a" * BLOCK
        raise fault

    call = Call("POST", "/files", payload=Payload("text/plain", 64 * BLOCK, blocks()))
    with Scripted([early(TOO_LARGE)]) as server, client(server.base_url) as api:
        assert api.transport.request(call).status == 413


@pytest.mark.parametrize("reply", [TOO_LARGE, http(200, b'{"id":"file-1"}')])
def test_an_answer_to_an_unfinished_upload_is_never_a_success(reply: bytes) -> None:
    """A server that answers and hangs up amid the body made nothing that can be relied on."""
    upload = planned(b"a" * (64 * BLOCK))
    with Scripted([raw(reply, reads_body=False)]) as server:
        with client(server.base_url) as api, api.dial() as line, pytest.raises((Refused, Unknown)):
            line.create_file(upload, op="op-1")
        assert server.count("POST") == 1


def test_memory_does_not_grow_with_the_file() -> None:
    """Sixteen times the bytes need no more memory."""

    def peak(blocks: int) -> int:
        payload = form(planned(b"a" * (blocks * BLOCK)))
        tracemalloc.start()
        length = sum(len(block) for block in payload.blocks)
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert length == payload.length
        return top

    assert peak(64) < 2 * peak(4)


def test_eight_uploads_at_once() -> None:
    """Each has its own connection, and each arrives whole."""
    contents = [bytes([65 + n]) * (2 * BLOCK) for n in range(8)]
    with Scripted([DONE]) as server, client(server.base_url) as api:

        def send(content: bytes) -> object:
            with api.dial() as line:
                return line.create_file(planned(content), op="op")["id"]

        with ThreadPoolExecutor(8) as threads:
            assert list(threads.map(send, contents)) == ["file-1"] * 8
    arrived = {parts(r.headers, r.body)["file"][1] for r in server.requests}
    assert arrived == set(contents)
    assert server.connections == 8
