"""Requests to a host of pull requests: JSON, tried again while that may help."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from itertools import count
from typing import Any
from urllib.parse import urlencode

import msgspec

from reconciler import __version__
from reconciler.api.deadline import Deadlines
from reconciler.api.outcome import is_certainly_undone, is_transient
from reconciler.api.reply import Reply
from reconciler.api.retry import Patience, insist
from reconciler.api.route import route_to
from reconciler.api.text import clean
from reconciler.api.wire import BrokenExchange, Limits, NoConnection, Request, Wire
from reconciler.errors import ApiError, NotFound, Refused, Unknown, Unreachable
from reconciler.forge.access import NEEDS, Access
from reconciler.no_json import NO_JSON

PAGE, MOST_PAGES = 100, 100
"""Objects of a page, as many as the hosts give, and pages that are read of a list."""

LONGEST_WAIT = 120.0
"""Seconds that a host may ask to wait and is waited for."""

_SECONDS = re.compile(r"[0-9]{1,12}")


class Client:
    """One host; each request has a connection of its own, as there are only a few."""

    def __init__(self, access: Access, patience: Patience) -> None:
        self.access, self._patience = access, patience
        self._route, self._deadlines = route_to(access.address), Deadlines()

    def read(self, path: str, query: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401  # any JSON value
        """What a GET answers with."""
        target = self._below(f"{path}?{urlencode(query)}" if query else path)
        return self._insist(lambda: self._once("GET", target), _may_pass)

    def ask(self, path: str, body: Mapping[str, Any]) -> Any:  # noqa: ANN401
        """What a POST that changes nothing answers with; its path begins at the host's root."""
        return self._insist(lambda: self._once("POST", path, body), _may_pass)

    def make(self, path: str, body: Mapping[str, Any]) -> Any:  # noqa: ANN401
        """What a POST made; sent again only where it certainly made nothing."""
        return self._insist(lambda: self._once("POST", self._below(path), body), _is_undone)

    def change(self, method: str, path: str, body: Mapping[str, Any]) -> Any:  # noqa: ANN401
        """What an object is after a PATCH or PUT, which may be repeated."""
        return self._insist(lambda: self._once(method, self._below(path), body), _may_pass)

    def remove(self, path: str) -> None:
        """Delete; what is gone already is removed."""
        try:
            self._insist(lambda: self._once("DELETE", self._below(path)), _may_pass)
        except NotFound:
            return

    def walk(self, path: str, query: Mapping[str, str] | None = None) -> Iterator[dict[str, Any]]:
        """The objects of a list that has pages."""
        for number in count(1):
            paged = {**(query or {}), "per_page": str(PAGE), "page": str(number)}
            found = self.read(path, paged)
            objects = [each for each in found if isinstance(each, dict)] * isinstance(found, list)
            yield from objects
            if len(objects) < PAGE or number == MOST_PAGES:
                return

    def _below(self, path: str) -> str:
        return f"{self.access.address.path}{path}"

    def _insist(self, attempt: Callable[[], Any], retries: Callable[[ApiError], bool]) -> Any:  # noqa: ANN401
        return insist(attempt, self._patience, retries=retries)

    def _once(self, method: str, target: str, body: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401
        address = self.access.address
        where = f"{method} {address.scheme}://{address.authority}{target.partition('?')[0]}"
        reply = self._exchange(where, self._request(method, target, body))
        if not reply.is_success:
            raise self._no(where, reply)
        if not reply.body:
            return None
        try:
            return msgspec.json.decode(reply.body)
        except NO_JSON as cause:
            what = f"the answer of {self.access.name} is not the API's ({reply.status})"
            raise Unknown(what, where=where, why="it is no JSON", cure=self._look()) from cause

    def _request(self, method: str, target: str, body: Mapping[str, Any] | None) -> Request:
        headers = {
            **self.access.headers,
            "Accept-Encoding": "identity",
            "User-Agent": f"reconciler/{__version__}",
        }
        if body is None:
            return Request(method, target, headers, None)
        data = json.dumps(body).encode()
        headers |= {"Content-Type": "application/json", "Content-Length": str(len(data))}
        return Request(method, target, headers, iter((data,)))

    def _exchange(self, where: str, request: Request) -> Reply:
        name = self.access.address.authority
        try:
            wire = Wire(self._route, Limits(), self._deadlines)
        except NoConnection as cause:
            cure = "check the network and HTTPS_PROXY; nothing was sent"
            raise Unreachable(
                f"cannot reach {name}", where=where, why=str(cause), cure=cure
            ) from cause
        try:
            return wire.exchange(request, None)
        except BrokenExchange as cause:
            what, cure = f"no answer from {name}", "run the same command again"
            raise Unknown(what, where=where, why=str(cause), cure=cure) from cause
        finally:
            wire.close()

    def _no(self, where: str, reply: Reply) -> ApiError:
        """The error for an answer that is none of success."""
        access, status = self.access, reply.status
        said = _message(reply, access.token)
        outcome = Refused if status in range(400, 500) else Unknown
        what, cure = f"{access.name} refused the request ({status})", ""
        match status:
            case HTTPStatus.UNAUTHORIZED:
                what = f"{access.name} refused the token (401)"
                cure = f"set {access.source} to a token of {access.address.host}"
            case HTTPStatus.FORBIDDEN | HTTPStatus.NOT_FOUND:
                outcome = NotFound if status == HTTPStatus.NOT_FOUND else Refused
                cure = f"check what {access.source} may do: {NEEDS[access.name]}"
            case _ if outcome is Unknown:
                what, cure = f"{access.name} failed ({status})", self._look()
        return outcome(
            what,
            where=f"{where}, {access.note}",
            why=said,
            cure=cure,
            status=status,
            retry_after=_wait(reply),
        )

    def _look(self) -> str:
        return "run the same command again in a while"


def _message(reply: Reply, token: str) -> str:
    """What the host says is wrong, safe to show."""
    try:
        value = msgspec.json.decode(reply.body)
    except NO_JSON:
        return ""
    said = value.get("message") or value.get("error") if isinstance(value, dict) else ""
    return f'"{clean(said if isinstance(said, str) else json.dumps(said), secrets=(token,))}"'


def _wait(reply: Reply) -> float | None:
    """Seconds until the host takes more requests, where it says so."""
    if reply.retry_after is not None or reply.headers.get("x-ratelimit-remaining") != "0":
        return reply.retry_after
    reset = reply.headers.get("x-ratelimit-reset", "")
    is_time = _SECONDS.fullmatch(reset) is not None
    return max(0.0, int(reset) - reply.date) if is_time and reply.date else None


def _is_limited(error: ApiError) -> bool:
    """GitHub's limits are told with 403, too."""
    soon = error.retry_after is not None and error.retry_after <= LONGEST_WAIT
    return soon and error.status == HTTPStatus.FORBIDDEN


def _may_pass(error: ApiError) -> bool:
    return is_transient(error) or _is_limited(error)


def _is_undone(error: ApiError) -> bool:
    return is_certainly_undone(error) or _is_limited(error)
