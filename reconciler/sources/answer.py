"""One request for an object, on a connection of its own, and what its answer means."""

import errno
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from urllib3 import BaseHTTPResponse
from urllib3.connection import HTTPConnection

from reconciler.api.address import DEFAULT_PORTS, Address
from reconciler.api.causes import cause_of
from reconciler.api.outcome import UNTRUSTED_CERTIFICATE
from reconciler.api.route import BROKEN, Route, route_to
from reconciler.hosts import ALLOWED_HOSTS
from reconciler.sources.address import STORES, address_of
from reconciler.sources.source import UNTOLD, Unreadable, Version

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

    from reconciler.sources.remote import RemoteObject

CONNECT, SILENT = 10.0, 60.0
"""Seconds for each step of connecting, and without a byte of an answer."""

MOST_REDIRECTS = 3
CLOCKS_APART = 60
"""Seconds between a server's clock and ours, at most."""

_NEVER = 1 << 62
"""Nanoseconds; a time that is never past."""

LONGEST_WAIT = 30.0
"""Seconds that a server may ask us to wait for; more is no answer."""

_BUSY = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)
_MOVED = (301, 302, 303, 307, 308)
_CODE = re.compile(rb"<Code>([A-Za-z]{1,60})</Code>")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_NUMBER = r"([0-9]{1,18})"
_RANGE = re.compile(rf"bytes {_NUMBER}-{_NUMBER}/{_NUMBER}")
_SIZE = re.compile(_NUMBER)


class Broken(Exception):
    """Nothing, or not all, of an answer came; the same request may be answered later."""

    def __init__(self, why: str, retry_after: float | None = None) -> None:
        super().__init__(why)
        self.retry_after = retry_after


class Answer:
    """The head of a success, and its body as it is read."""

    def __init__(self, connection: HTTPConnection, response: BaseHTTPResponse) -> None:
        self._connection, self._response = connection, response
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.headers.items()}

    def read_into(self, buffer: "WriteableBuffer") -> int:
        """The next bytes, as they come; 0 at the end. Raises `Broken`."""
        view = memoryview(buffer)
        try:
            block = self._response.read1(len(view))
        except BROKEN as cause:
            raise Broken(cause_of(cause)) from cause
        view[: len(block)] = block
        return len(block)

    def close(self) -> None:
        """End the connection, whatever is still on its way."""
        self._connection.close()
        self._response.close()  # which holds the socket where the answer ends with the connection


def ask(object_: "RemoteObject", method: str, headers: Mapping[str, str]) -> Answer:
    """The answer to a request, if it is a success; whoever asks closes it.

    Raises:
        Unreadable: the server says no, or to look elsewhere.
        Broken: nothing came of it this time.
    """
    url = address_of(object_, method)
    answer = _ask(_address(url), url, method, headers)
    for _ in range(MOST_REDIRECTS):
        if answer.status not in _MOVED or "location" not in answer.headers:
            break
        answer.close()
        url = _followed(object_, url, answer.headers["location"])
        answer = _ask(_address(url), url, method, headers)
    return _judged(object_, answer)


def _ask(address: Address, url: str, method: str, headers: Mapping[str, str]) -> Answer:
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    plain = {"Accept-Encoding": "identity", "User-Agent": "finetune-reconciler"}
    connection = None
    try:
        connection = _route(address, os.environ.get("SSL_CERT_FILE")).connect(CONNECT)
        connection.sock.settimeout(SILENT)
        connection.timeout = SILENT
        connection.request(
            method,
            target,
            headers={**plain, **headers},
            preload_content=False,
            decode_content=False,
        )
        return Answer(connection, connection.getresponse())
    except BROKEN as cause:
        if connection:
            connection.close()
        why = cause_of(cause)
        if why.startswith(UNTRUSTED_CERTIFICATE):  # nor is it after a while
            raise refused(why, "set SSL_CERT_FILE to the authority of that server") from cause
        raise Broken(why) from cause


@lru_cache(maxsize=64)
def _route(address: Address, _: str | None) -> Route:
    """Certificates are read once, and again where the environment names others."""
    return route_to(address)


def _address(url: str) -> Address:
    """Where a connection goes to; in the clear on this machine alone."""
    parts = urlsplit(url)
    port = parts.port or DEFAULT_PORTS.get(parts.scheme, 0)
    address = Address(parts.scheme, (parts.hostname or "").lower(), port, "")
    if parts.scheme != "https" and not (parts.scheme == "http" and address.is_loopback):
        why = f"{address.host} would be asked by {parts.scheme}: others could read, or change it"
        raise Unreadable(errno.EACCES, "host-not-allowed", _CANNOT, why, "use https")
    return address


_CANNOT = "cannot read the dataset"


def _followed(object_: "RemoteObject", url: str, location: str) -> str:
    """Where a web server redirects to, if that host is one that the operator lists."""
    try:
        there = urljoin(url, location)
        address = _address(there)
    except ValueError as error:  # a bracket without its end, or a port that is none
        raise refused("the server redirects to what is no URL", "correct its URL") from error
    if object_.scheme in STORES:
        why = f"the store redirects a signed request to {address.host}; that is not followed"
        raise Unreadable(errno.EACCES, "unreadable-dataset", _CANNOT, why, "set its region")
    if not (address.is_loopback or {address.host, address.authority} & object_.hosts):
        raise Unreadable(
            errno.EACCES,
            "host-not-allowed",
            "the dataset is at a host that is not listed",
            f"{object_.host} redirects to {address.authority}",
            f"if it is right, the operator lists it, too: {ALLOWED_HOSTS}={address.authority}",
        )
    return there


def _judged(object_: "RemoteObject", answer: Answer) -> Answer:
    if answer.status in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
        if answer.headers.get("content-encoding", "identity") == "identity":
            return answer
        answer.close()
        raise refused("it is sent compressed, and has the digest of no file", "store it as it is")
    said = _said(answer)
    answer.close()
    if answer.status in _BUSY or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise Broken(said, _wait(answer.headers.get("retry-after", "")))
    raise _refusal(object_, answer, said)


def _wait(told: str) -> float | None:
    return min(float(told), LONGEST_WAIT) if told.isdecimal() else None


def _said(answer: Answer) -> str:
    """`403 Forbidden (AccessDenied)`: none of the words that somebody else chose."""
    buffer = bytearray(4096)
    try:
        count = answer.read_into(buffer)
    except Broken:
        count = 0
    code = _CODE.search(buffer[:count])
    name = next((s.phrase for s in HTTPStatus if s == answer.status), "")
    return f"{answer.status} {name}".strip() + (f" ({code[1].decode()})" if code else "")


def _refusal(object_: "RemoteObject", answer: Answer, said: str) -> Unreadable:
    match answer.status:
        case 404 | 410:
            why, cure = f"the server says {said}", "put the object there, or correct its URL"
            return Unreadable(errno.ENOENT, "missing-dataset", "no such dataset", why, cure)
        case 401 | 403:
            what, why = "the dataset may not be read", f"the server says {said}"
            cure = _RIGHTS if object_.scheme in STORES else _PUBLIC
            return Unreadable(errno.EACCES, "forbidden-dataset", what, why, cure)
        case 412:
            return changed("its version is another than before")
        case _:
            return _refused_otherwise(answer, said)


def _refused_otherwise(answer: Answer, said: str) -> Unreadable:
    region = answer.headers.get("x-amz-bucket-region", "")
    cure = f"set AWS_REGION={region}" if _REGION.fullmatch(region) else "correct its URL"
    return refused(f"the server says {said}", cure)


_RIGHTS = "give the runner's identity the right to read it (s3:GetObject or the like)"
_PUBLIC = "https:// is read without credentials; for others there are s3://, gs:// and az://"


def refused(why: str, cure: str) -> Unreadable:
    """Not read, for a reason that has no rule of its own."""
    return Unreadable(errno.EIO, "unreadable-dataset", _CANNOT, why, cure)


def changed(why: str) -> Unreadable:
    """Another version than the one that was begun with."""
    return Unreadable(
        errno.ESTALE,
        "changed-while-read",
        "the dataset changed while it was read",
        why,
        "wait until it is written, then the same command again",
    )


def version_of(object_: "RemoteObject", answer: Answer) -> Version:
    """What the head of an answer says of its version."""
    told = answer.headers
    marks = (told.get("etag"), told.get("last-modified"), told.get("x-amz-version-id"))
    part = _RANGE.fullmatch(told.get("content-range", ""))
    size = part[3] if part else told.get("content-length", "")
    return Version(
        int(size) if _SIZE.fullmatch(size) else UNTOLD,
        tuple(mark or "" for mark in marks) if any(marks) else (),
        None if object_.scheme in STORES else _touched(told),
    )


def _touched(told: Mapping[str, str]) -> int | None:
    """When a web server's object may last have changed under the marks that it has.

    A time is told in seconds, and a tag is often made of that time (nginx) or stands for bytes that
    are only alike (`W/`): RFC 9110, 8.8. So an object is not trusted until a minute has passed.
    """
    with suppress(ValueError):
        changed_at = parsedate_to_datetime(told.get("last-modified", ""))
        return (int(changed_at.timestamp()) + CLOCKS_APART) * 1_000_000_000
    return None if told.get("etag", "").startswith('"') else _NEVER


def starts_at(answer: Answer) -> int:
    """From which byte of the object on an answer is."""
    part = _RANGE.fullmatch(answer.headers.get("content-range", ""))
    return int(part[1]) if part else 0


def tells_its_end(answer: Answer) -> bool:
    """Whether an answer that breaks off is told from a whole one."""
    is_chunked = answer.headers.get("transfer-encoding", "").lower() == "chunked"
    return is_chunked or _SIZE.fullmatch(answer.headers.get("content-length", "")) is not None
