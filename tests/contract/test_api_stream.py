"""A streamed chat: what comes, when it comes, and every way in which it breaks off."""

import json
import threading
import time
from collections.abc import Iterator

import pytest

from reconciler.api import chat
from reconciler.api.reply import Json
from reconciler.api.wire import Limits
from reconciler.errors import ApiError, Refused, Unknown
from reconciler.sandbox.pace import INSTANT
from tests.contract.sandbox_kit import MODEL, sandbox
from tests.support.api import FakeTime, client
from tests.support.api_faults import PATIENT, SERVED, Fault, assert_fit_to_show
from tests.support.canary import KEY
from tests.support.scripted import (
    Act,
    Scripted,
    chunked,
    complaint,
    drip,
    raw,
    reset,
    until_gone,
)

SLOW_BODIES = {"stall in the body", "drip in the body", "endless"}
BODY: Json = {"model": "m", "messages": [{"role": "user", "content": "Where is my order?"}]}
DONE = b"data: [DONE]\n\n"


def event(text: str) -> bytes:
    """A chunk of a completion, as the API sends it."""
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    return b"data: " + json.dumps({"id": "c", "choices": [choice]}).encode() + b"\n\n"


def text_of(chunks: Iterator[Json]) -> str:
    """The answer that the chunks make together."""
    return "".join(
        choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"]
    )


def streamed(*blocks: bytes) -> Act:
    """A stream that ends as HTTP wants it, and the connection goes on."""
    return raw(chunked(*blocks), goes_on=True)


def test_each_chunk_comes_when_the_server_sends_it() -> None:
    """The first is there while the server still holds the rest back."""
    gone = threading.Event()
    with Scripted([until_gone(chunked(event("Op"), ends=False), gone)]) as server:
        with client(server.base_url) as api:
            chunks = api.stream_chat(BODY)
            assert next(chunks)["choices"][0]["delta"] == {"content": "Op"}
            assert not gone.is_set()
            chunks.close()
        assert gone.wait(5)


@pytest.mark.parametrize("size", [1, 2, 7, 10_000])
def test_the_answer_is_whole_however_it_is_cut(size: int) -> None:
    """Chunks of HTTP end anywhere, within a character too."""
    stream = b": ping\n\n" + event("Öff") + event("ne ✓").replace(b"\n", b"\r\n") + DONE
    blocks = [stream[begin : begin + size] for begin in range(0, len(stream), size)]
    with Scripted([streamed(*blocks)]) as server, client(server.base_url) as api:
        assert text_of(api.stream_chat(BODY)) == "Öffne ✓"


def test_the_body_is_sent_as_it_is_and_asks_for_a_stream() -> None:
    """Every parameter passes through, also one that this program does not know."""
    body = {**BODY, "stream_options": {"include_usage": True}, "temperature": 0, "x": [None]}
    with Scripted([streamed(DONE)]) as server, client(server.base_url) as api:
        assert list(api.stream_chat(body)) == []
        (request,) = server.requests
        assert (request.method, request.target) == ("POST", "/v1/chat/completions")
        assert json.loads(request.body) == {**body, "stream": True}


def test_nothing_is_sent_before_the_first_chunk_is_asked_for() -> None:
    """A generator that nobody reads costs nothing."""
    with Scripted([streamed(DONE)]) as server, client(server.base_url) as api:
        api.stream_chat(BODY).close()
        assert server.connections == 0


def test_what_follows_the_end_is_not_read() -> None:
    """After `[DONE]` the connection is closed, whatever is still on its way."""
    gone = threading.Event()
    data = chunked(event("a"), DONE, event("b"), ends=False)
    with Scripted([until_gone(data, gone)]) as server, client(server.base_url) as api:
        assert text_of(api.stream_chat(BODY)) == "a"
        assert gone.wait(5)


@pytest.mark.parametrize("fault", SERVED, ids=str)
def test_a_stream_that_does_not_begin_has_the_outcome_of_the_table(
    fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While nothing came it is asked for again where that may help."""
    # What is judged by its head waits for nothing: a slow machine shall not end it before.
    limits = PATIENT if fault.name in SLOW_BODIES else fault.limits
    monkeypatch.setattr(chat, "COMPLETION", limits.answer)
    with Scripted([fault.act]) as server, client(server.base_url, limits=limits) as api:
        with pytest.raises(ApiError) as caught:
            list(api.stream_chat(BODY))
        cell = fault.cells["get"]
        # Before a body is read its type is: JSON is no stream, however it goes on.
        assert type(caught.value) is (cell.error or Unknown)
        untyped = caught.value.status in range(200, 300)
        sent = 1 if untyped else cell.sent
        server.wait_for(sent)  # it may be slower to read them than we are to give up
        assert server.count("POST") == sent
    assert_fit_to_show(caught.value)


def test_a_fault_before_the_first_chunk_is_outlived() -> None:
    """Nothing comes twice: each attempt has a connection of its own."""
    time_ = FakeTime()
    acts = [complaint(503), reset(), raw(chunked(ends=False)), streamed(event("a"), DONE)]
    with Scripted(acts) as server, client(server.base_url, time=time_) as api:
        assert text_of(api.stream_chat(BODY)) == "a"
        assert (server.count("POST"), len(time_.pauses)) == (4, 3)


ERROR = b'data: {"error": {"message": "no %s", "code": "server_error"}}\n\n' % KEY.encode()
BREAKS: dict[str, tuple[Act, str]] = {
    "FIN": (raw(chunked(event("a"), ends=False)), "broke off"),
    "RST": (reset(after=chunked(event("a"), ends=False)), "reset"),
    "no [DONE]": (streamed(event("a")), "ended before"),
    "half an event": (streamed(event("a"), b'data: {"id": "c"'), "ended before"),
    "an error": (streamed(event("a"), ERROR, DONE), '"no [key]"'),
    "no JSON": (streamed(event("a"), b"data: <html>\n\n", DONE), "not JSON"),
    "a list": (streamed(event("a"), b"data: []\n\n", DONE), "not an object"),
    "no UTF-8": (streamed(event("a"), b'data: {"a": "\xff"}\n\n', DONE), "not JSON"),
    "NaN": (streamed(event("a"), b'data: {"a": NaN}\n\n', DONE), "not JSON"),
    "a huge event": (streamed(event("a"), b"data: " + b"x" * 1_100_000), "longer than"),
    "too much": (streamed(*[event("a" * 20_000)] * 120, DONE), "too large"),
    "no chunk": (raw(chunked(event("a"), ends=False) + b"zz\r\n"), ""),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_stream_that_breaks_off_is_no_answer(name: str) -> None:
    """What came before is given, then the error; it is not asked for again."""
    act, why = BREAKS[name]
    limits = Limits(5.0, 5.0, body=2_000_000)
    with Scripted([act]) as server, client(server.base_url, limits=limits) as api:
        chunks = api.stream_chat(BODY)
        assert text_of(iter([next(chunks)])).strip("a") == ""
        with pytest.raises(Unknown) as caught:
            list(chunks)
        assert server.count("POST") == 1
    assert why in caught.value.why
    assert_fit_to_show(caught.value)


def test_an_error_in_the_stream_keeps_its_code() -> None:
    """As the API wrote it, where no code of HTTP could."""
    with Scripted([streamed(ERROR)]) as server, client(server.base_url) as api:
        with pytest.raises(Unknown) as caught:
            list(api.stream_chat(BODY))
        assert caught.value.code == "server_error"
        assert caught.value.what.endswith("broke off")
        assert server.count("POST") == 1


@pytest.mark.parametrize("every", [0.01, 10])
def test_a_stream_has_its_time(every: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither silence nor comments that drip in hold it open."""
    monkeypatch.setattr(chat, "COMPLETION", 1.0)
    first = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + event("a")
    with Scripted([drip(b":\n" * 500, every, first=first)]) as server:
        with client(server.base_url) as api:
            chunks, start = api.stream_chat(BODY), time.monotonic()
            next(chunks)
            with pytest.raises(Unknown) as caught:
                list(chunks)
        assert time.monotonic() - start < 8
        assert caught.value.why == "it took too long"


def test_the_sandbox_streams_what_it_answers_whole() -> None:
    """Both ways give the same text; the usage is in the last chunk when it is asked for."""
    body = {**BODY, "model": MODEL}
    with sandbox(pace=INSTANT) as box, client(box.server.base_url) as api:
        whole = api.chat(body)
        assert text_of(api.stream_chat(body)) == whole["choices"][0]["message"]["content"]
        *_, last = api.stream_chat({**body, "stream_options": {"include_usage": True}})
        assert (last["choices"], last["usage"]) == ([], whole["usage"])
        with pytest.raises(Refused, match="404 model_not_found"):
            next(api.stream_chat({**body, "model": "ft:gone"}))
        box.fault("cut_answer", times=1)
        with pytest.raises(Unknown):
            list(api.stream_chat(body))
        assert api.now() is not None
