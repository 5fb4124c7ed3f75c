"""A base URL, taken apart once: the same parts decide trust and make the connection."""

import ipaddress
import re
from functools import cache
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from reconciler.errors import Refusal
from reconciler.hosts import is_loopback

DEFAULT_PORTS = {"http": 80, "https": 443}
NAME = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?")
# What a URL parser may drop or read in two ways, so that two parsers see two hosts.
AMBIGUOUS = re.compile(r"[^\x21-\x7e]|\\")


class Address(NamedTuple):
    """Scheme, host (lower case, no brackets), port and path (no slash at its end)."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host and, where it is not the scheme's own, port, as in a URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether the host is this very machine."""
        return is_loopback(self.host)

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


@cache  # asked at each request
def parse_address(url: str) -> Address:
    """The address of `url`; raises `Refusal` when it is no plain http(s) base URL.

    A user name or password, a query, a fragment, white space, a backslash and characters
    beyond ASCII are refused: none belongs there, and each has been used to hide a host.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as cause:
        raise _not_an_address("it cannot be read as a URL") from cause
    if flaw := _flaw(url, parts):
        raise _not_an_address(flaw)
    scheme, host = parts.scheme, (parts.hostname or "").lower()
    return Address(scheme, host, port or DEFAULT_PORTS[scheme], parts.path.rstrip("/"))


def _flaw(url: str, parts: SplitResult) -> str:
    """Why `url` is not taken, or an empty text."""
    host = parts.hostname or ""
    flaws = {
        "it holds white space or characters that no URL has": AMBIGUOUS.search(url),
        "it does not begin with https://": parts.scheme not in DEFAULT_PORTS,
        "it holds a user name or password": "@" in parts.netloc,
        "it holds a query or a fragment": "?" in url or "#" in url,
        "it names no host": not (_is_ip(host) or NAME.fullmatch(host.lower())),
    }
    return next((words for words, found in flaws.items() if found), "")


def _not_an_address(why: str) -> Refusal:
    return Refusal(
        "refused: base_url is not the address of an API",
        where="provider.base_url or OPENAI_BASE_URL",
        why=why,
        cure="write it as https://HOST/v1; a key belongs in the environment",
    )


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
