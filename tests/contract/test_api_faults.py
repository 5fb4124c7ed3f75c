"""Every fault against every kind of call: the outcome, and how often a create went out."""

import hashlib
import io
import socket
import time
from collections.abc import Callable

import pytest

from reconciler.api import Api, Upload
from reconciler.errors import ApiError, Unreachable, Unsettled
from tests.support.api import client
from tests.support.api_faults import FAULTS, Fault, assert_fit_to_show
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
    "newest": lambda api: api.newest_jobs(5),
    "delete": lambda api: api.delete_file("file-1"),
    "delete a model": lambda api: api.delete_model("ft:m:acme::1"),
    "validate": lambda api: api.validate_grader({"type": "string_check"}),
}
DELETES = ("delete", "delete a model")
# A list is judged as a list, and a DELETE has its own idea of success.
ELSEWHERE = {
    "200 no id": ("walk", "newest", *DELETES, "validate"),
    "200 odd id": ("walk", "newest", *DELETES, "validate"),
    "200 empty": DELETES,
    "204": DELETES,
    "404": DELETES,
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


ACTS: dict[str, Callable[[Api], object]] = {
    "cancel": lambda api: api.cancel_job("ftjob-1"),
    "pause": lambda api: api.pause_job("ftjob-1"),
    "resume": lambda api: api.resume_job("ftjob-1"),
    "cancel an upload": lambda api: api.cancel_upload("upload_1"),
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_an_act_is_repeated_only_when_it_certainly_did_nothing(fault: Fault, act: str) -> None:
    """Only a 429 of the API itself lets a cancellation, a pause or a resumption go out again."""
    with Scripted([fault.act]) as server, client(server.base_url, limits=fault.limits) as api:
        with pytest.raises(ApiError) as caught:
            ACTS[act](api)
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
