"""The server of an object store, where the operator names one: neither in the clear nor elsewhere.

obstore follows redirects and cannot be told not to. To another host it sends no signature along,
but a session token and what is written; and it takes the end of such a way for the store's answer,
so a sign-in page could let a write look done. So a server that redirects is not used at all.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing
from http import HTTPStatus
from urllib.parse import urlsplit

from reconciler.api.address import DEFAULT_PORTS, Address
from reconciler.api.route import BROKEN, route_to
from reconciler.backends.place import Place
from reconciler.errors import ReconcilerError, Refusal, UsageError
from reconciler.hosts import STORE_SERVERS, is_loopback
from reconciler.text import visible

PATIENCE = 10.0
"""Seconds for each step of the one request that is asked first."""

_SPOKEN_TO: Mapping[str, tuple[str, ...]] = {
    "s3": ("AWS_ENDPOINT_URL_STS", "AWS_STS_ENDPOINT"),
    "az": ("AZURE_STORAGE_AUTHORITY_HOST", "AZURE_AUTHORITY_HOST", "AZURITE_BLOB_STORAGE_URL"),
}
"""Scheme → further variables that name a server which is sent secrets or the state."""


def in_the_clear(scheme: str, environ: Mapping[str, str]) -> bool:
    """Whether the store is at a server of this machine that is spoken to without TLS.

    Raises:
        UsageError: what names a server is no URL.
        Refusal: any server beyond this machine would be.
    """
    for name, url in _named(scheme, environ):
        if not _is_url(url):
            raise UsageError(
                f"{name} is not the URL of a server",
                where=name,
                why="it is https://HOST or https://HOST:PORT",
                cure=f"correct it; without {name} it is the cloud's own server",
            )
        if urlsplit(url).scheme == "http" and not is_loopback(_host(url)):
            raise Refusal(
                f"refused: nothing is sent to {visible(_host(url))} in the clear",
                where=name,
                why="it begins with http://: others could read the state, and change it",
                cure=f"{name}=https://…; http:// is for this machine alone",
            )
    return urlsplit(server_of(scheme, environ)[1]).scheme == "http"


def _named(scheme: str, environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Variable and URL of every server that is named; obstore does not mind upper or lower case."""
    names = (*STORE_SERVERS[scheme], *_SPOKEN_TO.get(scheme, ()))
    said = {name.upper(): url for name, url in environ.items()}
    return ((name, said[name]) for name in names if said.get(name))


def server_of(scheme: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """The variable that says at which server the store is, and its URL; else two empty texts."""
    named = (each for each in _named(scheme, environ) if each[0] in STORE_SERVERS[scheme])
    return next(named, ("", ""))


def _is_url(url: str) -> bool:
    """What is none makes the library behind panic."""
    try:
        parts = urlsplit(url)
        return parts.scheme in DEFAULT_PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a bracket that is not closed, a port that is no number
        return False


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def refuse_redirects(place: Place, environ: Mapping[str, str]) -> None:
    """Ask the operator's server for an object, without credentials; an error is any answer to that.

    Raises:
        Refusal: it redirects.
    """
    name, url = server_of(place.scheme, environ)
    if not url:
        return  # the cloud's own server
    try:
        status, location = _asked(url, place)
    except (*BROKEN, ReconcilerError):
        return  # what is wrong is said by the first request that counts
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST and location:
        raise Refusal(
            "refused: the server of the store redirects",
            where=f"{place.name}, {name}",
            why=f"{visible(_host(url))} leads to {visible(_host(location) or location)}; what is "
            "written, and a session token, would follow",
            cure=f"name the store's own server in {name}; if that is a page to sign in, "
            "let this runner past it",
        )


def _asked(url: str, place: Place) -> tuple[int, str]:
    parts = urlsplit(url)
    port = parts.port or DEFAULT_PORTS[parts.scheme]
    address = Address(parts.scheme, _host(url), port, parts.path.rstrip("/"))
    target = "/".join(filter(None, (address.path, place.host, place.path, place.label, "none")))
    with closing(route_to(address).connect(PATIENCE)) as connection:
        connection.sock.settimeout(PATIENCE)
        connection.request("HEAD", f"/{target.lstrip('/')}")
        answer = connection.getresponse()
        return answer.status, answer.headers.get("location", "")
