"""Whoever has to leave waits for no network: each way of hanging ends, and is told as such."""

import hashlib
import io
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reconciler.api import Api, Upload
from reconciler.errors import ApiError, Unknown, Unreachable
from tests.support.api import client
from tests.support.api_faults import halting
from tests.support.scripted import Act, Scripted, answer, drip, http, make_certificate, stall

JOB = b'{"id":"ftjob-1","status":"queued"}'
LARGE = b"a" * (64 * 1024 * 1024)
"""More than the buffers of any loopback hold."""


def create_job(api: Api) -> object:
    """A create that is paid."""
    with api.dial() as line:
        return line.create_job({}, op="op-1")


def create_file(api: Api) -> object:
    """An upload that a server has to read to its end."""
    digest = hashlib.sha256(LARGE).hexdigest()
    upload = Upload(io.BytesIO(LARGE), "a.jsonl", "a.jsonl", "fine-tune", len(LARGE), digest)
    with api.dial() as line:
        return line.create_file(upload, op="op-1")


def stream_chat(api: Api) -> object:
    """A completion, as it comes."""
    return list(api.stream_chat({"model": "m", "messages": []}))


HANGS: dict[str, tuple[Act, Callable[[Api], object]]] = {
    "no answer": (stall(), create_job),
    "an answer that drips": (drip(http(200, JOB), 0.05), create_job),
    "a body that nobody reads": (Act(stall().do, reads_body=False), create_file),
    "a read": (stall(), lambda api: api.retrieve_job("ftjob-1")),
    # To who reads it the cut is its end: of an answer with the status of a success.
    "half of a head": (halting(lambda data: data[:30]), lambda api: api.retrieve_job("ftjob-1")),
    "half of a stream's head": (halting(lambda data: data[:30]), stream_chat),
}


@contextmanager
def hastened(api: Api, server: Scripted) -> Iterator[None]:
    """Somebody has to leave, once a request came in; it ends in a fifth of a second from then."""

    def leave() -> None:
        server.wait_for(1)
        api.hasten(0.2)

    thread = threading.Thread(target=leave)
    thread.start()
    began = time.monotonic()
    try:
        yield
    finally:
        assert time.monotonic() - began < 5
        thread.join()


@pytest.mark.parametrize("hang", HANGS)
def test_what_is_on_the_wire_is_broken_off(hang: str) -> None:
    """It went out once, so it is in doubt; the words blame nobody."""
    act, call = HANGS[hang]
    with Scripted([act]) as server, client(server.base_url, is_over=lambda: True) as api:
        with hastened(api, server), pytest.raises(Unknown) as caught:
            call(api)
        assert caught.value.why == "it was broken off, to leave in time"
        assert len(server.requests) == 1


def test_what_begins_later_is_over_at_once() -> None:
    """Nothing is started when the time is up, and what answers in time is as good as ever."""
    with (
        Scripted([answer(200, {"id": "ftjob-1"})]) as server,
        client(server.base_url, is_over=lambda: True) as api,
    ):
        api.hasten(5.0)
        assert api.retrieve_job("ftjob-1")
        api.hasten(0.0)
        with pytest.raises(ApiError) as caught:
            api.retrieve_job("ftjob-1")
    assert caught.value.why == "it was broken off, to leave in time"


def test_a_name_server_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was sent; the connection that comes too late is closed and carries nothing."""
    found, resolve = threading.Event(), socket.getaddrinfo

    def slowly(*arguments: object, **named: object) -> object:
        assert found.wait(10)
        return resolve(*arguments, **named)  # type: ignore[arg-type]  # as it was given

    with Scripted([answer(200, {"id": "x"})]) as server:
        monkeypatch.setattr(socket, "getaddrinfo", slowly)
        with client(server.base_url, is_over=lambda: True) as api:
            api.hasten(0.2)
            began = time.monotonic()
            with pytest.raises(Unreachable) as caught:
                create_job(api)
            assert time.monotonic() - began < 5
            assert caught.value.why == "it was broken off, to leave in time"
            found.set()
            while server.connections == 0:
                time.sleep(0.01)
        assert server.requests == []


def test_a_handshake_that_hangs_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TLS that never comes about leaves nothing sent."""
    monkeypatch.setenv("SSL_CERT_FILE", str(make_certificate(tmp_path)))
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"https://localhost:{deaf.getsockname()[1]}/v1"
        with client(url, is_over=lambda: True) as api:
            api.hasten(0.2)
            with pytest.raises(Unreachable, match="cannot reach"):
                create_job(api)


def test_no_thread_stays_when_it_is_closed() -> None:
    """Who makes many clients in one process does not gather threads that watch nothing."""
    before = set(threading.enumerate())
    with Scripted([answer(200, {"id": "ftjob-1"})]) as server, client(server.base_url) as api:
        api.retrieve_job("ftjob-1")
        (watch,) = (t for t in {*threading.enumerate()} - before if t.name == "deadlines")
    watch.join(4.0)
    assert not watch.is_alive()
