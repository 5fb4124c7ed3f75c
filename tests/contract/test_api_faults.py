"""Every fault against every kind of call: the outcome, and how often a create went out."""

import hashlib
import io
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from reconciler.api import Api, Upload
from reconciler.api.wire import Limits
from reconciler.errors import ApiError, NotFound, Refused, Unknown, Unreachable, Unsettled
from tests.support.api import KEY, client
from tests.support.scripted import (
    Act,
    Scripted,
    answer,
    complaint,
    drip,
    http,
    page,
    raw,
    reset,
    stall,
)

JOB = b'{"id":"ftjob-1","object":"fine_tuning.job","status":"queued"}'
WHOLE = http(200, JOB)
# It could end at any time and be a success; a cut must not be taken for that end.
UNBOUNDED = b"HTTP/1.1 200 OK\r\n\r\n" + JOB
IMPATIENT = Limits(connect=5.0, answer=0.15, body=4096)
PATIENT = Limits(connect=5.0, answer=5.0, body=4096)


@dataclass(frozen=True)
class Fault:
    """What the server does with each request, and what a create and a read are told."""

    name: str
    act: Act
    create: type[Exception]
    read: type[Exception]
    tries: int = 1
    limits: Limits = PATIENT

    def __str__(self) -> str:
        return self.name


FAULTS = [
    Fault("400", complaint(400), Refused, Refused),
    Fault("401", complaint(401, "invalid_api_key"), Refused, Refused),
    Fault("403", complaint(403), Refused, Refused),
    Fault("404", complaint(404), NotFound, NotFound),
    Fault("413", complaint(413), Refused, Refused),
    Fault("422", complaint(422), Refused, Refused),
    Fault("429", complaint(429, "rate_limit_exceeded"), Refused, Refused, 6),
    Fault("429 quota", complaint(429, "insufficient_quota"), Refused, Refused),
    Fault("408", complaint(408), Unknown, Unknown, 6),
    Fault("409", complaint(409), Unknown, Unknown),
    Fault("500", complaint(500), Unknown, Unknown, 6),
    Fault("503", complaint(503, "server_is_overloaded"), Unknown, Unknown, 6),
    Fault("500 empty", raw(http(500, b""), goes_on=True), Unknown, Unknown, 6),
    Fault("400 html", page(400), Unknown, Unknown),
    Fault("404 html", page(404), Unknown, Unknown),
    Fault("429 html", page(429), Unknown, Unknown, 6),
    Fault("502 html", page(502), Unknown, Unknown, 6),
    Fault("404 other json", answer(404, {"detail": "Not Found"}), Unknown, Unknown),
    Fault("307", answer(307, {}, "Location: http://127.0.0.1:9/v1"), Unknown, Unknown),
    Fault("301 html", page(301), Unknown, Unknown),
    Fault("200 html", page(200), Unknown, Unknown),
    Fault("200 list", answer(200, [1]), Unknown, Unknown),
    Fault("200 no id", answer(200, {"object": "file"}), Unknown, Unknown),
    Fault("200 odd id", answer(200, {"id": "../files"}), Unknown, Unknown),
    Fault("200 empty", raw(http(200, b"")), Unknown, Unknown),
    Fault("200 NaN", raw(http(200, b'{"id":"x","n":NaN}')), Unknown, Unknown),
    Fault("200 deep", raw(http(200, b"[" * 4000)), Unknown, Unknown),
    Fault("200 too large", raw(http(200, b'{"id":"%s"}' % (b"x" * 5000))), Unknown, Unknown, 6),
    Fault("204", raw(b"HTTP/1.1 204 No\r\n\r\n"), Unknown, Unknown),
    Fault("truncated body", raw(http(200, JOB, length=999)), Unknown, Unknown, 6),
    Fault("truncated head", raw(WHOLE[:10]), Unknown, Unknown, 6),
    Fault("no reply, FIN", raw(b""), Unknown, Unknown, 6),
    Fault("no reply, RST", reset(), Unknown, Unknown, 6),
    Fault("RST in the body", reset(after=WHOLE[:-9]), Unknown, Unknown, 6),
    Fault("RST before the body is read", reset(reads_body=False), Unknown, Unknown, 6),
    Fault("no HTTP", raw(b"SSH-2.0-OpenSSH\r\n\r\n"), Unknown, Unknown, 6),
    Fault("huge header", raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000), Unknown, Unknown, 6),
    Fault("two lengths", raw(http(200, JOB, ["Content-Length: 3"])), Unknown, Unknown, 6),
    Fault("stall", stall(), Unknown, Unknown, 6, IMPATIENT),
    Fault("endless", drip(b" " * 999, 0.02, first=UNBOUNDED), Unknown, Unknown, 6, IMPATIENT),
    Fault("drip", drip(WHOLE, 0.02), Unknown, Unknown, 6, IMPATIENT),
]


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
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_create_goes_out_once(fault: Fault, create: Callable[[Api], object]) -> None:
    """Whatever goes wrong, a create reaches the server once and has the outcome of the table."""
    with Scripted([fault.act]) as server, client(server.base_url, limits=fault.limits) as api:
        with pytest.raises(ApiError) as caught:
            create(api)
        assert type(caught.value) is fault.create
        assert server.count("POST") == 1
    assert_fit_to_show(caught.value)


READS: dict[str, Callable[[Api], object]] = {
    "retrieve": lambda api: api.retrieve_file("file-1"),
    "walk": lambda api: [*api.walk_jobs()],
    "delete": lambda api: api.delete_file("file-1"),
}
# A list is judged as a list, and a DELETE has its own idea of success.
ELSEWHERE = {
    "200 no id": ("walk", "delete"),
    "200 odd id": ("walk", "delete"),
    "200 empty": ("delete",),
    "204": ("delete",),
    "404": ("delete",),
}


CELLS = [(f, read) for f in FAULTS for read in READS if read not in ELSEWHERE.get(f.name, ())]


@pytest.mark.parametrize(("fault", "read"), CELLS, ids=str)
def test_a_repeatable_call_is_tried_again_only_where_that_may_help(fault: Fault, read: str) -> None:
    """Reads and deletes are repeated for passing faults alone, and then give up."""
    with Scripted([fault.act]) as server, client(server.base_url, limits=fault.limits) as api:
        with pytest.raises(ApiError) as caught:
            READS[read](api)
        assert type(caught.value) is fault.read
        # A page size that is refused is given up once.
        tries = 2 if (read, fault.name) == ("walk", "400") else fault.tries
        assert len(server.requests) == tries
    assert_fit_to_show(caught.value)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_cancel_is_repeated_only_when_it_certainly_did_nothing(fault: Fault) -> None:
    """Only a 429 of the API itself lets a cancellation go out again."""
    with Scripted([fault.act]) as server, client(server.base_url, limits=fault.limits) as api:
        with pytest.raises(ApiError) as caught:
            api.cancel_job("ftjob-1")
        assert type(caught.value) is fault.create
        assert server.count("POST") == (6 if fault.name == "429" else 1)


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
            time.sleep(0.1)
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


def assert_fit_to_show(error: ApiError) -> None:
    """No key, nothing unprintable, and all of it bounded."""
    for part in (error.what, error.where, error.why, error.cure, repr(error)):
        assert KEY not in part
        assert part.isprintable()
        assert len(part) < 700
    assert error.what
    assert error.where
