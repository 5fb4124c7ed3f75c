"""TLS and proxies: verified always, tunnelled where the environment says so, never loopback."""

from pathlib import Path

import pytest

from reconciler.api import Endpoint
from reconciler.api.route import route_to
from reconciler.api.wire import Limits
from reconciler.errors import ReconcilerError, Unknown, Unreachable
from tests.support.api import FakeTime, client
from tests.support.canary import KEY
from tests.support.scripted import (
    Scripted,
    answer,
    drip,
    http,
    make_certificate,
    tls_break,
    tunnel,
)

DONE = answer(200, {"id": "x"})
PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost, trusted by nobody."""
    return make_certificate(tmp_path_factory.mktemp("localhost"))


@pytest.fixture(scope="module")
def remote_certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for a host that no DNS knows."""
    return make_certificate(tmp_path_factory.mktemp("remote"), "api.test")


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own proxy settings stay out of the tests."""
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def remote() -> Endpoint:
    """An endpoint that only a proxy can reach."""
    return Endpoint("compatible", "https://api.test/v1", None, None, KEY, "OPENAI_API_KEY")


def test_a_trusted_certificate_is_taken(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`SSL_CERT_FILE` adds an authority; reads and creates go over TLS."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with Scripted([DONE], certificate) as server, client(server.base_url) as api:
        api.retrieve_file("x")
        with api.dial() as line:
            line.create_job({}, op="op-1")
        assert server.count("POST") == 1


def test_an_unknown_certificate_is_refused_at_once(certificate: Path) -> None:
    """Nothing is sent, nothing is tried again, and the cause is told."""
    time = FakeTime()
    with Scripted([DONE], certificate) as server, client(server.base_url, time=time) as api:
        with pytest.raises(Unreachable) as caught:
            api.retrieve_file("x")
        assert server.requests == []
    assert caught.value.why.startswith("the certificate is not trusted: self")
    assert time.pauses == []


def test_a_certificate_of_another_host_is_refused(
    remote_certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trusted certificate is good for its own names alone."""
    monkeypatch.setenv("SSL_CERT_FILE", str(remote_certificate))
    with (
        Scripted([DONE], remote_certificate) as server,
        client(server.base_url) as api,
        pytest.raises(Unreachable, match="cannot reach") as caught,
    ):
        api.retrieve_file("x")
    assert "certificate is not valid for 'localhost'" in caught.value.why


def test_a_create_over_broken_tls_goes_out_once(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A TLS stream that breaks after the request leaves it unknown, and unrepeated."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with Scripted([tls_break()], certificate) as server, client(server.base_url) as api:
        with pytest.raises(Unknown) as caught, api.dial() as line:
            line.create_job({}, op="op-1")
        assert server.count("POST") == 1
    assert caught.value.why.startswith("TLS failed")


def test_an_answer_that_drips_over_tls_is_cut(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is on the whole answer, not on each byte of it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    slow = drip(http(200, b'{"id":"x"}'), 0.02)
    limits = Limits(connect=5.0, answer=0.2)
    with (
        Scripted([slow], certificate) as server,
        client(server.base_url, limits=limits) as api,
        pytest.raises(Unknown) as caught,
        api.dial() as line,
    ):
        line.create_job({}, op="op-1")
    assert caught.value.why == "it took too long"


def test_a_server_without_tls_is_unreachable() -> None:
    """A plain answer to a TLS greeting is told as such."""
    with Scripted([DONE], greets=b"HTTP/1.1 400 Bad Request\r\n\r\n") as server:
        url = server.base_url.replace("http://", "https://")
        with client(url) as api, pytest.raises(Unreachable) as caught:
            api.dial()
    assert caught.value.why.startswith("TLS failed")


@pytest.mark.parametrize("create", [False, True])
def test_a_remote_endpoint_is_reached_through_the_proxy(
    create: bool, remote_certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy sees CONNECT and its own credentials, and neither the key nor the request."""
    monkeypatch.setenv("SSL_CERT_FILE", str(remote_certificate))
    with (
        Scripted([DONE], remote_certificate) as server,
        Scripted([tunnel("127.0.0.1", server.port)]) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:p%40ss@127.0.0.1:{proxy.port}")
        with client(remote()) as api:
            if create:
                with api.dial() as line:
                    line.create_job({}, op="op-1")
            else:
                api.retrieve_file("x")
        (connect,) = proxy.requests
        assert (connect.method, connect.target) == ("CONNECT", "api.test:443")
        assert connect.headers["proxy-authorization"] == "Basic dXNlcjpwQHNz"
        assert "authorization" not in connect.headers
        assert server.requests[0].headers["host"] == "api.test"
        assert "proxy-authorization" not in server.requests[0].headers


def test_a_proxy_that_says_no_leaves_nothing_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy's status is the cause; its password is not shown."""
    with Scripted([answer(407, {})]) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:hunter22@127.0.0.1:{proxy.port}")
        with client(remote()) as api, pytest.raises(Unreachable) as caught:
            api.dial()
    assert "407" in caught.value.why
    assert "hunter22" not in repr(vars(caught.value))


@pytest.mark.parametrize("secure", [False, True])
def test_loopback_is_never_proxied(
    secure: bool, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sandbox on this machine stays on this machine, with TLS or without."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    shown = certificate if secure else None
    with Scripted([DONE], shown) as server, Scripted([answer(502, {})]) as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        with client(server.base_url) as api:
            api.retrieve_file("x")
        assert proxy.requests == []


def test_no_proxy_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host in `NO_PROXY` is reached directly."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    assert route_to(remote().address).proxy
    monkeypatch.setenv("NO_PROXY", "api.test")
    assert route_to(remote().address).proxy is None


@pytest.mark.parametrize(
    "proxy", ["socks5://127.0.0.1:1", "http://", "http://host:nan", "http://[::1"]
)
def test_a_proxy_of_another_kind_is_an_error(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not silently left out: the network's owner wants it used."""
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(ReconcilerError, match="proxy") as caught, client(remote()):
        pass
    assert caught.value.where == "ALL_PROXY"
