"""Every fault against every kind of call: the outcome, and how often a create went out."""

import hashlib
import io
import socket
from collections.abc import Callable

import pytest

from reconciler.api import Api, Upload
from reconciler.errors import Unreachable, Unsettled
from tests.support.api import client
from tests.support.scripted import Scripted, answer, stall


def create_job(api: Api) -> object:
    """A create that is paid."""
    with api.dial() as line:
        return line.create_job({"model": "m", "training_file": "file-1"}, op="op-1")


def create_file(api: Api) -> object:
    """A create with a body in several blocks."""
    with api.dial() as line:
        return line.create_file(upload(b"{}\n" * 10), op="op-1")


def upload(content: bytes) -> Upload:
    """An upload of exactly `content`."""
    digest = hashlib.sha256(content).hexdigest()
    source = io.BytesIO(content)
    return Upload(source, "data/a.jsonl", "p.a.jsonl", "fine-tune", len(content), digest)


@pytest.mark.parametrize("create", [create_job, create_file])
def test_nothing_is_sent_when_no_connection_is_made(create: Callable[[Api], object]) -> None:
    """A closed port is told as unreachable, with the cause."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with client(f"http://localhost:{port}/v1") as api, pytest.raises(Unreachable) as caught:
        create(api)
    assert caught.value.what == f"cannot reach localhost:{port}"
    assert caught.value.why == "the connection was refused"


@pytest.mark.parametrize("greeting", [b"", b"HTTP/1.1 408 Timeout\r\n\r\n"])
def test_a_line_that_died_before_it_was_used_sends_nothing(greeting: bytes) -> None:
    """A server that hangs up between dial and send gets no request."""
    with Scripted([stall()], hangs_up=True, greets=greeting) as server:
        with client(server.base_url) as api, api.dial() as line:
            server.wait_for_end()
            with pytest.raises(Unreachable, match="cannot reach"):
                line.create_job({}, op="op-1")
        assert server.requests == []


def test_a_list_without_data_is_incomplete() -> None:
    """A 200 that is no list proves nothing about what exists."""
    with (
        Scripted([answer(200, {"object": "list"})]) as server,
        client(server.base_url) as api,
        pytest.raises(Unsettled) as caught,
    ):
        list(api.walk_files())
    assert caught.value.where == f"GET {server.base_url}/files"
