"""Objects elsewhere over real HTTP: streamed, taken up where they broke, of one version."""

import errno
import hashlib
import time
from collections.abc import Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from reconciler.datasets.cache import DigestCache
from reconciler.datasets.dataset import Dataset
from reconciler.datasets.scan_all import scan_all
from reconciler.sources import RemoteObject, Unreadable, Version
from reconciler.sources.source import Waits
from tests.support.objects import Shelf, answer, serve, shelf
from tests.support.scripted import make_certificate

DATA = bytes(range(256)) * 4000
TAG = f'"{hashlib.md5(DATA, usedforsecurity=False).hexdigest()}"'
SECRETS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMIsecret"}
TOKEN = "FwoGZXIvYXdzEtoken"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is waited for, and the machine's own settings stay out of it."""
    monkeypatch.setattr("reconciler.sources.object.WAITS", (0.0, 0.0, 0.0))
    for name in ("HTTPS_PROXY", "ALL_PROXY", "AWS_PROFILE", "AWS_REGION", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def web() -> Iterator[Shelf]:
    """A web server with one object."""
    with shelf() as running:
        running.objects["data/a b+c.jsonl"] = DATA
        yield running


@pytest.fixture
def store(web: Shelf, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """The same as an S3 endpoint of the environment; its bucket is `bucket`."""
    for name, value in (SECRETS | {"AWS_ENDPOINT_URL": web.url}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)
    web.objects["bucket/a b+c.jsonl"] = DATA
    return web


def at(web: Shelf, path: str = "data/a b+c.jsonl", *hosts: str) -> RemoteObject:
    """An object of a web server."""
    return RemoteObject(web.scheme, web.host, path, frozenset(hosts))


IN_STORE = RemoteObject("s3", "bucket", "a b+c.jsonl")


def read(source: RemoteObject, version: Version | None = None) -> bytes:
    """All of it."""
    with source.opened(version) as opened:
        return opened.raw.readall() or b""


def refusal(source: RemoteObject) -> Unreadable:
    """Why it cannot be read."""
    with pytest.raises(Unreadable) as caught:
        read(source)
    assert TOKEN not in str(caught.value)
    return caught.value


def test_an_object_is_read_as_it_is(web: Shelf) -> None:
    """One HEAD tells its version, one GET its bytes."""
    assert at(web).version() == Version(len(DATA), (TAG, "", ""))
    assert read(at(web), at(web).version()) == DATA
    assert web.counted() == {"GET": 1, "HEAD": 2}


def test_over_tls_the_server_is_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not trusted it is asked for nothing, and not again; `SSL_CERT_FILE` names its authority."""
    certificate = make_certificate(tmp_path)
    with shelf(certificate) as web:
        web.objects["a.jsonl"] = DATA
        found = refusal(at(web, "a.jsonl"))
        assert (found.strerror or "").startswith("the certificate is not trusted")
        assert web.asked == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert read(at(web, "a.jsonl")) == DATA


def test_a_store_is_asked_by_a_signature_and_no_secret(store: Shelf) -> None:
    """What goes over the line is good for one object and some minutes."""
    assert IN_STORE.version() == Version(len(DATA), (TAG, "", ""))
    assert read(IN_STORE) == DATA
    assert [asked.path for asked in store.asked] == ["bucket/a b+c.jsonl"] * 2
    for asked in store.asked:
        assert "X-Amz-Signature=" in asked.query
        assert "X-Amz-Expires=900" in asked.query
        assert "authorization" not in asked.headers
        assert SECRETS["AWS_SECRET_ACCESS_KEY"] not in f"{asked}"


@pytest.mark.parametrize("status", [301, 307])
def test_a_signed_request_is_not_redirected(store: Shelf, status: int) -> None:
    """Whoever it is redirected to never hears of it."""
    with shelf() as other:
        store.faults["bucket/a b+c.jsonl"] = lambda handler: answer(
            handler, status, Location=f"{other.url}/x"
        )
        assert "is not followed" in (refusal(IN_STORE).strerror or "")
        assert other.asked == []


def test_a_web_server_may_redirect_to_who_is_listed(web: Shelf) -> None:
    """Another host is not asked; nor is one in the clear."""
    with shelf() as other:
        other.objects["x"] = DATA
        where = [f"{other.url}/x"]
        web.faults["old"] = lambda handler: answer(handler, 302, Location=where[0])
        assert read(at(web, "old")) == DATA  # this machine
        where[0] = "https://other.example/x"
        found = refusal(at(web, "old"))
        assert (found.code, found.cure.rpartition("=")[2]) == ("host-not-allowed", "other.example")
        where[0] = "http://other.example/x"
        assert "by http" in (refusal(at(web, "old", "other.example")).strerror or "")
        web.faults["round"] = lambda handler: answer(handler, 302, Location="round")
        assert "302 Found" in (refusal(at(web, "round")).strerror or "")


@pytest.mark.parametrize("location", ["https://[::1", "http://localhost:99999/x", "http://h:x/"])
def test_a_redirect_to_what_is_no_url_is_refused(web: Shelf, location: str) -> None:
    """A server that talks nonsense is told of, as any other that cannot be read from."""
    web.faults["old"] = lambda handler: answer(handler, 302, Location=location)
    found = refusal(at(web, "old"))
    assert (found.code, found.why) == (
        "unreadable-dataset",
        "the server redirects to what is no URL",
    )


@pytest.mark.parametrize(
    ("etag", "seconds_ago", "is_settled"),
    [
        (TAG, None, True),
        (TAG, 300, True),
        ("W/" + TAG, 300, True),
        (None, 300, True),
        (TAG, 5, False),  # nginx makes its tags of the second and the size
        (None, 5, False),
        ("W/" + TAG, None, False),
    ],
)
def test_a_version_that_may_stand_for_other_bytes_is_not_remembered(
    web: Shelf, tmp_path: Path, etag: str | None, seconds_ago: int | None, *, is_settled: bool
) -> None:
    """Marks of a second, or of what is only alike, are trusted once a minute has passed."""
    headers = {"ETag": etag} if etag else {}
    if seconds_ago is not None:
        headers["Last_Modified"] = formatdate(time.time() - seconds_ago, usegmt=True)
    web.faults["data/a b+c.jsonl"] = lambda handler: answer(handler, 200, DATA, **headers)
    cache = DigestCache.load(tmp_path / "cache")
    for _ in range(2):
        scan_all({"x": Dataset(at(web), "x", "batch")}, cache)
    assert web.counted()["GET"] == 1 + (not is_settled)


def test_a_size_that_no_object_has_is_none(web: Shelf) -> None:
    """What a server says of the length is read with care."""

    def boasting(handler: BaseHTTPRequestHandler) -> bool:
        handler.send_response(200)
        handler.send_header("ETag", TAG)
        handler.send_header("Content-Length", "9" * 5000)
        handler.end_headers()
        return True

    web.faults["data/a b+c.jsonl"] = boasting
    assert at(web).version() is None


@pytest.mark.parametrize(
    ("version", "headers", "is_read"),
    [
        ("HTTP/1.0", (), False),
        ("HTTP/1.1", (("Connection", "close"),), False),
        ("HTTP/1.1", (("Transfer-Encoding", "chunked"),), True),
    ],
)
def test_an_answer_without_an_end_is_not_taken_for_a_whole_one(
    web: Shelf, version: str, headers: tuple[tuple[str, str], ...], *, is_read: bool
) -> None:
    """What broke off would have the digest of a file that is nowhere."""

    def endless(handler: BaseHTTPRequestHandler) -> bool:
        handler.protocol_version = version
        handler.send_response(200)
        for name, value in headers:
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(b"%x\r\n%b\r\n0\r\n\r\n" % (len(DATA), DATA) if is_read else DATA)
        handler.close_connection = True
        return True

    web.faults["data/a b+c.jsonl"] = endless
    if is_read:
        assert read(at(web)) == DATA
    else:
        assert "does not say where it ends" in (refusal(at(web)).strerror or "")


def test_what_is_larger_than_any_dataset_is_not_read_on(
    web: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it is announced, and where a server goes on without an end."""
    monkeypatch.setattr("reconciler.sources.object.LARGEST", len(DATA) - 1)
    assert "8 GB" in (refusal(at(web)).strerror or "")

    def chunks(handler: BaseHTTPRequestHandler) -> bool:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.wfile.write(b"%x\r\n%b\r\n" % (len(DATA), DATA))
        return True

    web.faults["data/a b+c.jsonl"] = chunks
    assert "8 GB" in (refusal(at(web)).strerror or "")


def test_a_part_that_was_not_asked_for_is_not_taken(web: Shelf) -> None:
    """A stream that broke is taken up at its very byte, or not at all."""

    def shifted(handler: BaseHTTPRequestHandler) -> bool:
        if "range" not in {name.lower() for name in handler.headers}:
            serve(handler, DATA, TAG, 100_000)
            return True
        return answer(
            handler, 206, DATA[9:], ETag=TAG, Content_Range=f"bytes 9-{len(DATA) - 1}/{len(DATA)}"
        )

    web.faults["data/a b+c.jsonl"] = shifted
    assert "does not send a part" in (refusal(at(web)).strerror or "")


def test_a_broken_stream_is_taken_up_where_it_broke(web: Shelf) -> None:
    """At the same version, and each byte once."""
    cuts = [100_000, 0, 250_000]

    def cut(handler: BaseHTTPRequestHandler) -> bool:
        if not cuts:
            return False
        serve(handler, DATA, TAG, cuts.pop(0))
        return True

    web.faults["data/a b+c.jsonl"] = cut
    assert read(at(web)) == DATA
    ranges = [asked.headers.get("range", "") for asked in web.asked]
    assert ranges == ["", "bytes=100000-", "bytes=100000-", "bytes=350000-"]
    assert {asked.headers.get("if-match") for asked in web.asked[1:]} == {TAG}


def test_a_wish_to_stop_ends_the_wait(web: Shelf) -> None:
    """A server that asks to wait is not asked again by a command that is to end."""
    asked: list[str] = []
    waited: list[float] = []

    def busy(handler: BaseHTTPRequestHandler) -> bool:
        asked.append(handler.path)
        return answer(handler, 503, Retry_After="20")

    web.faults["data/a b+c.jsonl"] = busy
    source = at(web)._replace(waits=Waits(waited.append, lambda: bool(waited)))
    assert "503 Service Unavailable" in (refusal(source).strerror or "")
    assert (len(asked), waited) == (1, [20.0])


def test_a_stream_that_goes_on_breaking_is_given_up(web: Shelf) -> None:
    """After a few tries at the same place; so is a server that is always busy."""
    web.faults["data/a b+c.jsonl"] = lambda handler: bool(serve(handler, DATA, TAG, 0)) or True
    assert refusal(at(web)).code == "unreadable-dataset"
    web.faults["data/a b+c.jsonl"] = lambda handler: answer(handler, 503, Retry_After="0")
    assert "503 Service Unavailable" in (refusal(at(web)).strerror or "")
    assert at(web).version() is None


def test_another_version_is_not_read_on(web: Shelf) -> None:
    """Neither the one before it began, nor the one after it broke."""
    version = at(web).version()
    web.objects["data/a b+c.jsonl"] = DATA[::-1]
    with pytest.raises(Unreadable) as caught:
        read(at(web), version)
    assert (caught.value.code, caught.value.errno) == ("changed-while-read", errno.ESTALE)

    def replaced(handler: BaseHTTPRequestHandler) -> bool:
        web.faults.clear()
        serve(handler, DATA, TAG, 100_000)
        return True

    web.faults["data/a b+c.jsonl"] = replaced
    assert refusal(at(web)).code == "changed-while-read"


@pytest.mark.parametrize(
    ("status", "body", "code", "why"),
    [
        (403, b"<Error><Code>AccessDenied</Code></Error>", "forbidden-dataset", "(AccessDenied)"),
        (401, b"", "forbidden-dataset", "401 Unauthorized"),
        (404, b"\x1b]0;title\x07", "missing-dataset", "404 Not Found"),
        (400, b"<Code>no code \x1b[2J</Code>", "unreadable-dataset", "400 Bad Request"),
    ],
)
def test_what_a_server_refuses(store: Shelf, status: int, body: bytes, code: str, why: str) -> None:
    """By its status and its code; nothing else that it says is repeated."""
    store.faults["bucket/a b+c.jsonl"] = lambda handler: answer(handler, status, body)
    found = refusal(IN_STORE)
    assert (found.code, found.strerror) == (code, f"the server says {why}".replace(
        "says (", "says 403 Forbidden ("))  # fmt: skip
    assert len(store.asked) == 1


def test_the_region_of_a_bucket_is_told(store: Shelf) -> None:
    """S3 says where it is."""
    store.faults["bucket/a b+c.jsonl"] = lambda handler: answer(
        handler, 400, x_amz_bucket_region="eu-west-1"
    )
    assert refusal(IN_STORE).cure == "set AWS_REGION=eu-west-1"


def test_what_is_sent_compressed_has_no_digest(web: Shelf) -> None:
    """Nobody could compare it with anything."""
    web.faults["z"] = lambda handler: answer(handler, 200, b"x", Content_Encoding="gzip")
    assert "compressed" in (refusal(at(web, "z")).strerror or "")


def test_without_credentials_there_is_a_way_to_get_some(monkeypatch: pytest.MonkeyPatch) -> None:
    """No store is asked."""
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_NAME", raising=False)
    found = refusal(RemoteObject("az", "container", "a.jsonl"))
    assert (found.code, found.errno) == ("forbidden-dataset", errno.EACCES)
    assert "Account must be specified" in (found.strerror or "")
    assert "AZURE_STORAGE_ACCOUNT_KEY" in found.cure


def test_several_read_on_side_by_side(web: Shelf) -> None:
    """As the parts of a large upload do: each goes on with the request that it began."""
    with at(web).opened() as opened:
        places = [0, 300_000, 600_000]
        ends = [*places[1:], len(DATA)]
        found = [b"", b"", b""]
        while any(place < end for place, end in zip(places, ends, strict=True)):
            for n, (place, end) in enumerate(zip(places, ends, strict=True)):
                opened.raw.seek(place)
                block = opened.raw.read(min(50_000, end - place)) if place < end else b""
                found[n] += block or b""
                places[n] += len(block or b"")
    assert b"".join(found) == DATA
    assert web.counted() == {"GET": 3}
