"""An object store at a server that redirects: real ones on both ends of the way, and obstore."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.backends import Backend, Holder, open_backend
from reconciler.backends.objects import store
from reconciler.errors import ReconcilerError, Refusal, UsageError
from tests.support import s3
from tests.support.objects import Shelf, answer, shelf
from tests.support.s3_proxy import S3Proxy
from tests.support.scripted import Act, Received, Scripted, http, make_certificate, raw

MINE = Holder("7c1e04", "ci", "runner-12", 4411, "2026-11-23T14:02:07Z", "apply", "")
SIGNED = "authorization"


@pytest.fixture
def elsewhere() -> Iterator[Scripted]:
    """A server that says yes to whatever comes."""
    tag = ("ETag: 1", "Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT")
    with Scripted([raw(http(200, b"", headers=tag))]) as there:
        yield there


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Proxy]:
    """A store that can redirect, to which this process has credentials with a session token."""
    monkeypatch.setattr(store, "_WAITS", (0.0, 0.0))
    with S3Proxy(s3.server().port) as made:
        for name, value in {**made.environ, "AWS_SESSION_TOKEN": "token"}.items():
            monkeypatch.setenv(name, value)
        yield made


def at(bucket: str, root: Path) -> Backend:
    """The state in a bucket."""
    environ = {**os.environ, "RECONCILER_ALLOWED_HOSTS": bucket}
    return open_backend(f"s3://{bucket}/team", root, label="bots", environ=environ)


def leads_to(there: str, status: int) -> Act:
    """A redirect."""
    return raw(http(status, b"", headers=(f"Location: {there}/sign-in",)))


@pytest.mark.parametrize("status", [301, 303, 307])
def test_a_server_that_redirects_is_told_nothing(
    proxy: S3Proxy, tmp_path: Path, status: int
) -> None:
    """It is asked once, without credentials, and nobody else is; the error says who that is."""
    proxy.hits, proxy.fault = lambda _: True, leads_to("http://sign-in.example", status)
    with pytest.raises(Refusal, match="redirects") as caught:
        at("states", tmp_path).load()
    assert "AWS_ENDPOINT_URL" in caught.value.where
    assert "sign-in.example" in caught.value.why
    (asked,) = proxy.requests
    assert asked.method == "HEAD"
    assert not {SIGNED, "x-amz-security-token"} & asked.headers.keys()


def is_write(request: Received) -> bool:
    """Whether it creates an object."""
    return request.method == "PUT"


def test_a_write_that_is_led_to_a_page_is_no_write(
    proxy: S3Proxy, elsewhere: Scripted, tmp_path: Path
) -> None:
    """To obstore it looks done; the lock sees that nothing is there. No signature went along."""
    proxy.hits, proxy.fault = is_write, leads_to(elsewhere.base_url, 303)
    backend = at(s3.server().bucket(), tmp_path)
    with pytest.raises(Refusal, match="does not list what was just created"), backend.lock(MINE):
        pass
    assert elsewhere.requests
    assert not [each for each in elsewhere.requests if SIGNED in each.headers]


def test_over_tls_nothing_is_led_into_the_clear(
    elsewhere: Scripted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even by a server that redirects what is signed alone."""
    certificate = make_certificate(tmp_path)
    monkeypatch.setattr(store, "_WAITS", (0.0, 0.0))
    for name, value in {**s3.CREDENTIALS, "SSL_CERT_FILE": str(certificate)}.items():
        monkeypatch.setenv(name, value)
    with shelf(certificate) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        server.faults["states"] = lambda asked: answer(asked, 307, Location=elsewhere.base_url)
        with pytest.raises(ReconcilerError, match="cannot read the state"):
            at("states", tmp_path).load()
        assert [*dict.fromkeys(methods(server))] == ["HEAD", "GET"]
    assert elsewhere.connections == 0


def methods(server: Shelf) -> list[str]:
    """Of all that was asked."""
    return [asked.method for asked in server.asked]


@pytest.mark.parametrize("url", ["http://[::1", "localhost:9000", "http://localhost:x", "-"])
def test_what_is_no_url_is_no_bug(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library behind would panic of it: it is a mistake that has its place."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    with pytest.raises(UsageError, match="AWS_ENDPOINT_URL is not the URL of a server"):
        at("states", tmp_path)
