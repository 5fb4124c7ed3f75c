"""How the endpoint is reached: its address, TLS, the proxy of the environment."""

import http.client
import ssl
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass

from msgspec import Struct
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.util import make_headers

from reconciler.api.address import Address
from reconciler.api.multipart import BLOCK
from reconciler.errors import ReconcilerError

# Whatever a network, a peer or a proxy can make the libraries raise; not our own errors.
BROKEN = (OSError, HTTPError, http.client.HTTPException, ValueError)


class Route(Struct, frozen=True):
    """The way to an address; every connection along it is new."""

    address: Address
    context: ssl.SSLContext | None
    proxy: SplitResult | None

    def connect(self, timeout: float) -> HTTPConnection:
        """A connection made now, TCP, proxy and TLS included, with nothing sent on it.

        `timeout` is in seconds, for each step. Raises one of `BROKEN` when it cannot be made.
        The connection never reconnects by itself: once it is lost, sending on it fails.
        """
        connection = self._prepared(timeout)
        # http.client would quietly connect again, and send a request a second time.
        connection.auto_open = 0
        try:
            connection.connect()
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepared(self, timeout: float) -> HTTPConnection:
        host, port = self.address.host, self.address.port
        if self.context is None:
            return HTTPConnection(host, port, timeout=timeout, blocksize=BLOCK)
        if self.proxy is None:
            return HTTPSConnection(
                host, port, timeout=timeout, blocksize=BLOCK, ssl_context=self.context
            )
        connection = HTTPSConnection(
            self.proxy.hostname or "",
            self.proxy.port or 80,
            timeout=timeout,
            blocksize=BLOCK,
            ssl_context=self.context,
        )
        connection.set_tunnel(host, port, headers=_proxy_headers(self.proxy), scheme="http")
        return connection


def route_to(address: Address) -> Route:
    """The route that this process's environment gives: proxies and certificates.

    `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` are honoured, and `SSL_CERT_FILE` and
    `SSL_CERT_DIR` by OpenSSL. Certificates are always verified. Plain http is for loopback
    alone, and loopback is never proxied.
    """
    context = ssl.create_default_context() if address.scheme == "https" else None
    proxy = None if address.is_loopback or context is None else _proxy(address)
    return Route(address, context, proxy)


def _proxy(address: Address) -> SplitResult | None:
    proxies = getproxies_environment()
    url = proxies.get("https") or proxies.get("all")
    if not url or proxy_bypass(f"{address.host}:{address.port}"):
        return None
    proxy = _usable(url if "://" in url else f"http://{url}")
    if proxy is None:
        raise ReconcilerError(
            "the proxy of the environment cannot be used",
            where="HTTPS_PROXY" if "https" in proxies else "ALL_PROXY",
            why="only proxies of the form http://HOST:PORT are supported",
            cure=f"set it so, or add {address.host} to NO_PROXY",
        )
    return proxy


def _usable(url: str) -> SplitResult | None:
    try:
        proxy = urlsplit(url)
        is_usable = proxy.scheme == "http" and bool(proxy.hostname) and proxy.port != 0
    except ValueError:  # a port that is no number, a bracket that is not closed
        return None
    return proxy if is_usable else None


def _proxy_headers(proxy: SplitResult) -> dict[str, str]:
    if not proxy.username:
        return {}
    pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return dict(make_headers(proxy_basic_auth=pair))
