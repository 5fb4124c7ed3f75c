"""Where a remote state is: a URL, which is not believed where a manifest says it.

A manifest may come from a pull request. So its URL names a place and nothing else: no password,
which would be in git, and no parameter, which could turn off what keeps the connection safe.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from msgspec import Struct

from reconciler.errors import Refusal, UsageError
from reconciler.hosts import ALLOWED_HOSTS, allowed_hosts, is_loopback

STATE = "RECONCILER_STATE"
"""The operator's own word for where the state is."""

_URL = re.compile(
    r"(?P<scheme>[a-z0-9]+)://(?:(?P<user>[\w.-]+)@)?(?P<host>[\w.-]*|\[[0-9a-f:.]+\])"
    r"(?::(?P<port>[0-9]{1,5}))?(?P<path>(?:/[\w.=+-]*)*)",
    re.ASCII | re.IGNORECASE,
)
_PASSWORD = re.compile(r"[^/]*//[^/@]*:.*@")


class Place(Struct, frozen=True):
    """A URL, and the owner's part below it: one URL serves every project of a team.

    Attributes:
        host: or the bucket; empty where the environment is to say it.
        path: without a slash at either end.
        label: the owner, as a part of a path: `support-bots.prod`.
        is_operators: whether the operator named it, not the manifest.
    """

    scheme: str
    user: str
    host: str
    port: int | None
    path: str
    label: str
    is_operators: bool

    @property
    def is_loopback(self) -> bool:
        """Whether it is on this machine."""
        return is_loopback(self.host)

    @property
    def authority(self) -> str:
        """`host` or `host:port`."""
        return f"{self.host}:{self.port}" if self.port else self.host

    @property
    def name(self) -> str:
        """For people: `s3://bucket/team/support-bots.prod`."""
        parts = filter(None, (self.authority, self.path, self.label))
        return f"{self.scheme}://{'' if self.host else '/'}{'/'.join(parts)}"

    @property
    def folder(self) -> Path:
        """Where the owner's state is, of `file://`."""
        return Path("/", self.path, self.label)


def place_of(location: str, label: str, environ: Mapping[str, str]) -> Place:
    """The place that a URL names.

    Raises:
        UsageError: it is no such URL, or has more in it than a place.
        Refusal: its host is neither this machine nor one that the operator named.
    """
    if _PASSWORD.match(location):
        _refuse_password(location)
    found = _URL.fullmatch(location)
    parts = found["path"].strip("/").split("/") if found else []
    if found is None or {".", ".."} & {*parts} or not _has_its_host(found):
        raise UsageError(
            "not the URL of a state",
            where="state.backend",
            why="it is SCHEME://HOST/PATH, of plain letters and without parameters",
            cure="postgresql://HOST/DATABASE, or s3://BUCKET/FOLDER; "
            "what else is to be said, the environment says (PGSSLMODE, AWS_REGION …)",
        )
    port = int(found["port"]) if found["port"] else None
    path = "/".join(filter(None, parts))
    scheme, host = found["scheme"].lower(), found["host"].lower()
    is_operators = location == environ.get(STATE)
    place = Place(scheme, found["user"] or "", host, port, path, label, is_operators)
    if place.host and not is_operators:
        _require_trust(place, environ)
    return place


def _has_its_host(found: re.Match[str]) -> bool:
    """A folder has none, a bucket has to be said, and libpq's environment may name a server."""
    scheme = found["scheme"].lower()
    return scheme == "postgresql" or bool(found["host"]) is (scheme != "file")


def _refuse_password(location: str) -> NoReturn:
    scheme = location.partition(":")[0]
    raise UsageError(
        f"a password in a {scheme} URL",
        where="state.backend",
        why="a manifest is in git, and a URL is in logs",
        cure="change it, as it was seen; then PGPASSWORD, or a line in ~/.pgpass",
    )


def _require_trust(place: Place, environ: Mapping[str, str]) -> None:
    if place.is_loopback or {place.host, place.authority} & allowed_hosts(environ):
        return
    raise Refusal(
        f"refused: no state is kept at {place.authority}",
        where=f"state.backend: {place.name}",
        why="the manifest names it, and a manifest may come from a pull request",
        cure=f"if it is right, the operator lists it: {ALLOWED_HOSTS}={place.authority}",
    )
