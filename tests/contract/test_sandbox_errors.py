"""The sandbox refuses what the API refuses, in its envelope, and never fails itself."""

import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.sandbox.routing import ROUTES
from tests.contract.sandbox_kit import MODEL, Box, sandbox


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    """One simulator with a file and a finished job."""
    with sandbox() as shared:
        shared.trained()
        yield shared


def test_every_answer_has_the_headers_of_the_api(box: Box) -> None:
    """A request id, the time it took, the version and the simulated date."""
    headers = box.send("GET", "/models").headers
    assert headers["x-request-id"].startswith("req_")
    assert int(headers["openai-processing-ms"]) >= 0
    assert headers["openai-version"] == "2020-10-01"
    assert headers["date"].startswith("Fri, 15 Jan 2027 09:00:00 GMT")


@pytest.mark.parametrize("key", ["", "Bearer", "Bearer  ", "Basic abc"])
def test_a_request_without_a_key_is_refused(box: Box, key: str) -> None:
    """Any key will do, but there must be one."""
    answer = box.send("GET", "/files", headers={"authorization": key})
    assert answer.status == 401
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"


def test_an_unknown_path_is_a_404_and_a_wrong_method_a_405(box: Box) -> None:
    """Both name the method and the path."""
    nowhere = box.send("GET", "/nope")
    assert (nowhere.status, nowhere.json()["error"]["message"]) == (
        404,
        "Invalid URL (GET /v1/nope)",
    )
    wrong = box.send("PUT", "/files")
    assert (wrong.status, wrong.headers["allow"]) == (405, "GET, POST")


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"{", b"[]", b"null", b"\xff", b'{"model": NaN}', b'{"model": 1e999}'),
        *(b'{"a": "\\ud800"}', b'{"\\udfff": 1}', b"[" * 100_000, b'{"n": ' + b"9" * 5000 + b"}"),
    ],
)
def test_what_is_not_json_is_a_400(box: Box, raw: bytes) -> None:
    """Only a strict JSON object is a body."""
    answer = box.send("POST", "/fine_tuning/jobs", raw)
    assert (answer.status, answer.json()["error"]["type"]) == (400, "invalid_request_error")


_LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["auto", "user", MODEL, "supervised", "dpo", "function", "\x00", 10**400]),
)
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)
_VALID: dict[str, dict[str, Any]] = {
    "/v1/fine_tuning/jobs": {
        "model": MODEL,
        "training_file": "file-none",
        "method": {"type": "dpo", "dpo": {"hyperparameters": {"beta": 0.2}}},
        "integrations": [{"type": "wandb", "wandb": {"project": "p"}}],
        "metadata": {"k": "v"},
        "suffix": "s",
        "seed": 1,
    },
    "/v1/chat/completions": {
        "model": MODEL,
        "messages": [{"role": "user", "content": "x"}],
        "tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}],
        "tool_choice": "auto",
        "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {}}},
        "stop": ["x"],
        "n": 1,
    },
    "/v1/uploads": {"bytes": 1, "filename": "f", "purpose": "batch", "mime_type": "text/plain"},
    "/v1/fine_tuning/alpha/graders/validate": {
        "grader": {"type": "multi", "name": "m", "graders": {}, "calculate_output": ""}
    },
    "/sandbox/faults": {"kind": "latency", "method": "HEAD", "seconds": 0, "times": 0},
    "/sandbox/clock": {"advance": 0},
}


def _mutated(value: Any, path: list[int], new: Any) -> Any:
    """The value with one part, found by following the path, exchanged."""
    if not path or not isinstance(value, list | dict) or not value:
        return new
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = keys[path[0] % len(keys)]
    copy = value.copy()
    copy[key] = _mutated(value[key], path[1:], new)
    return copy


@settings(max_examples=250, deadline=None)
@given(
    route=st.sampled_from(sorted(_VALID)),
    path=st.lists(st.integers(0, 9), min_size=1, max_size=6),
    new=_VALUES,
)
def test_no_body_makes_it_fail(box: Box, route: str, path: list[int], new: object) -> None:
    """A good body with any part exchanged is answered, or refused in the envelope."""
    url = box.server.base_url.removesuffix("/v1") + route
    raw = json.dumps(_mutated(_VALID[route], path, new)).encode()
    answer = box.pool.request("POST", url, body=raw, headers={"authorization": "Bearer k"})
    _check(answer.status, answer.data)


@settings(max_examples=250, deadline=None)
@given(
    route=st.sampled_from([route for route in ROUTES if route.startswith("/v1")]),
    method=st.sampled_from(["GET", "POST", "DELETE", "PATCH", "OPTIONS"]),
    piece=st.one_of(st.text(min_size=1, max_size=8), st.just("../%2e"), st.just("ft:a:b")),
    query=st.dictionaries(
        st.sampled_from(["after", "limit", "order", "purpose", "metadata", "metadata[a]", "x[]"]),
        st.one_of(st.text(max_size=8), st.integers().map(str)),
        max_size=3,
    ),
)
def test_no_path_or_query_makes_it_fail(
    box: Box, route: str, method: str, piece: str, query: dict[str, str]
) -> None:
    """Any id, any parameter and any method is answered, or refused in the envelope."""
    path = route.replace("{id}", quote(piece, safe="")).replace("{name}", quote(piece, safe=""))
    pairs = "&".join(f"{quote(name)}={quote(value)}" for name, value in query.items())
    answer = box.send(method, f"{path.removeprefix('/v1')}?{pairs}")
    _check(answer.status, answer.data)


def _check(status: int, data: bytes) -> None:
    assert status < 500, data
    if status >= 400:
        assert set(json.loads(data)["error"]) == {"message", "type", "param", "code"}


@pytest.mark.parametrize("target", ["/v1/files/%ff%00", "/v1/models/%F0%28", "/v1/files?after=%ff"])
def test_bytes_that_are_no_text_are_refused(box: Box, target: str) -> None:
    """Escapes that are not UTF-8 are ids that do not exist."""
    parts = urlsplit(box.server.base_url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), 5) as raw:
        raw.sendall(
            f"GET {target} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer k\r\n"
            "connection: close\r\n\r\n".encode()
        )
        head = raw.recv(65536)
    assert head.split()[1] in (b"400", b"404")
