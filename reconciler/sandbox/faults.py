"""Faults on demand: what can be made to go wrong, as a table of values.

A fault stands in the store, so that one process can set it and the servers of others obey it.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import Any, Literal, Self

from msgspec import Struct

from reconciler.sandbox.store import Store

_MANY = 10**9
_BETWEEN = re.compile(r",(?![^\[{]*[\]}])")
"""The commas of a fault's text that are outside of brackets."""

Stage = Literal["before", "request", "after", "answer"]
"""When a fault acts: instead of the request, on how it is read, once it was carried out, or on
the JSON of its answer."""


class Kind(Struct, frozen=True):
    """A kind of fault: when it acts, its parameters, what it does, and on what unless told."""

    stage: Stage
    defaults: Mapping[str, Any]
    summary: str
    method: str = "*"
    path: str = "/v1/*"


def _answer(message: str, given: Mapping[str, Any], stage: Stage = "before") -> Kind:
    usual = {"status": 500, "code": None, "type": "server_error", "message": message}
    defaults = {**usual, "headers": {}, "retry_after": None, **given}
    first = "carries the request out, then " if stage == "after" else ""
    return Kind(stage, defaults, f"{first}answers {defaults['status']}: {message}")


_LIMITED = {"status": 429, "code": "rate_limit_exceeded", "type": "requests"}
_QUOTA = {"status": 429, "code": "insufficient_quota", "type": "insufficient_quota"}
_BUSY = {"status": 503, "code": "server_is_overloaded", "type": "service_unavailable_error"}
_GATEWAY = {"status": 502}
_DENIED = {"status": 403, "type": "invalid_request_error"}

_JOBS = "/v1/fine_tuning/jobs"

_BROKEN = {
    "code": "server_error",
    "message": "The job failed due to an internal error.",
    "param": None,
}
_FLAGGED = {
    "code": "invalid_training_file",
    "message": "The job failed due to an invalid training file. This training file was blocked"
    " because too many examples were flagged by our moderation API in the categories: hate.",
    "param": "training_file",
}

KINDS: Mapping[str, Kind] = {
    "latency": Kind("before", {"seconds": 0.2}, "waits, then carries the request out"),
    "latency_after": Kind("after", {"seconds": 0.2}, "carries the request out, then waits"),
    "rate_limit": _answer("Rate limit reached. Please try again later.", _LIMITED),
    "quota": _answer("You exceeded your current quota, please check your plan.", _QUOTA),
    "denied": _answer("You are not allowed to do this.", _DENIED),
    "overloaded": _answer("The server is overloaded.", _BUSY),
    "overloaded_after": _answer("The server is overloaded.", _BUSY, "after"),
    "server_error": _answer("The server had an error processing your request.", {}),
    "server_error_after": _answer("The server had an error processing your request.", {}, "after"),
    "html": _answer("<html><body>Bad gateway</body></html>", _GATEWAY),
    "html_after": _answer("<html><body>Bad gateway</body></html>", _GATEWAY, "after"),
    "cut": Kind("before", {}, "cuts the connection before the request is carried out"),
    "cut_after": Kind("after", {}, "carries the request out, then cuts without an answer"),
    "cut_answer": Kind("after", {}, "carries the request out, then cuts in the middle of the body"),
    "leap": Kind("before", {"seconds": 3600.0}, "the clock leaps just before the request"),
    "meddle": Kind(
        "before",
        {"method": "DELETE", "path": ""},
        "someone else's request is carried out just before this one",
    ),
    "lag": Kind("request", {"seconds": 5.0}, "lists do not show objects younger than this"),
    "short_pages": Kind("request", {"size": 1}, "pages hold fewer objects than asked for", "GET"),
    "stuck_pages": Kind("request", {}, "`after` is ignored: every page is the first one", "GET"),
    "lost_cursor": Kind("request", {}, "an `after` that is gone starts over", "GET"),
    "ignored_filter": Kind("request", {}, "the metadata filter is ignored", "GET", _JOBS),
    "not_ready": Kind(
        "request", {"seconds": 5.0}, "files younger than this cannot be used yet", "POST", _JOBS
    ),
    "renamed_files": Kind(
        "request", {"name": "upload.jsonl"}, "uploads lose their filename", "POST", "/v1/files"
    ),
    "dropped_metadata": Kind("request", {}, "created jobs lose their metadata", "POST", _JOBS),
    "broken_jobs": Kind("request", _BROKEN, "created jobs fail in training", "POST", _JOBS),
    "flagged_files": Kind("request", _FLAGGED, "created jobs fail in validation", "POST", _JOBS),
    "job_limit": Kind(
        "request",
        {"most": 1, "retry_after": None},
        "no job is created while so many have not ended",
        "POST",
        _JOBS,
    ),
    "strict_fields": Kind(
        "request", {}, "unknown fields of a create request are refused", "POST", _JOBS
    ),
    "empty_page": Kind("answer", {}, "a page is empty though more follow", "GET"),
    "odd_shapes": Kind("answer", {}, "nulls and `{}` where the specification has none"),
    "unknown_status": Kind("answer", {"status": "reticulating_splines"}, "a status nobody knows"),
    "unknown_fields": Kind("answer", {}, "objects carry fields nobody knows"),
    "shutdown": Kind(
        "answer",
        {"date": "2027-01-14", "model": "*"},
        "models, told by a glob, are shut down on a date",
        "GET",
        "/v1/models*",
    ),
    "dropped_fields": Kind("answer", {"fields": ["has_more"]}, "fields are missing from answers"),
}


class Fault(Struct, frozen=True):
    """A fault that is switched on.

    Attributes:
        kind: a name of KINDS.
        method: the HTTP method it acts on; `*` is any.
        path: a glob over the path, such as `/v1/files*`.
        times: how many matching requests it acts on; None is until cleared.
        skip: how many matching requests it lets pass first.
        parameters: of the kind, its defaults filled in.
    """

    kind: str
    method: str = "*"
    path: str = "/v1/*"
    times: int | None = None
    skip: int = 0
    parameters: Mapping[str, Any] = {}

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Self:
        """Read `{kind, method?, path?, times?, skip?, …parameters}`.

        `meddle` has its own `method` and `path`: the glob it acts on is called `on`.

        Raises:
            ValueError: an unknown kind or parameter, or a value of the wrong type.
        """
        rest = dict(given)
        kind = rest.pop("kind", None)
        if not isinstance(kind, str) or kind not in KINDS:
            raise ValueError(f"unknown fault {kind!r}; there are {', '.join(KINDS)}")
        meddles, usual = kind == "meddle", KINDS[kind]
        method = usual.method if meddles else rest.pop("method", usual.method)
        path = rest.pop("on" if meddles else "path", usual.path)
        times, skip = rest.pop("times", None), rest.pop("skip", 0)
        _check(method=(method, str), path=(path, str), skip=(skip, int))
        _check(times=(0 if times is None else times, int))
        for name, value in rest.items():
            _check_parameter(kind, name, value, usual.defaults)
        return cls(kind, method, path, times, skip, dict(usual.defaults) | rest)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `kind,name=value,…`, as in `rate_limit,method=POST,times=2,retry_after=1`.

        A value is JSON or plain text; commas inside brackets belong to it.

        Raises:
            ValueError: the text is no such fault.
        """
        kind, *pairs = _BETWEEN.split(text)
        given: dict[str, Any] = {"kind": kind.strip()}
        for pair in pairs:
            name, equals, value = pair.partition("=")
            if not equals:
                raise ValueError(f"not name=value: {pair!r}")
            given[name.strip()] = _literal(value.strip())
        return cls.of(given)

    def matches(self, method: str, path: str) -> bool:
        """Whether it acts on a request."""
        return self.method in ("*", method) and fnmatchcase(path, self.path)

    def record(self) -> dict[str, Any]:
        """The fault as `of` reads it, but for `times` and `skip`."""
        target = {"on": self.path} if self.kind == "meddle" else {"path": self.path}
        method = {} if self.kind == "meddle" else {"method": self.method}
        return {"kind": self.kind} | target | method | dict(self.parameters)


def _literal(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _check(**values: tuple[object, type]) -> None:
    for name, (value, kind) in values.items():
        # One kind of error for whatever a caller got wrong: these values come from outside.
        is_count = kind is not int or (isinstance(value, int) and 0 <= value < _MANY)
        if not isinstance(value, kind) or not is_count:
            raise ValueError(f"{name} must be {kind.__name__}, got {value!r}")


def _check_parameter(kind: str, name: str, value: object, defaults: Mapping[str, Any]) -> None:
    if name not in defaults:
        known = ", ".join(defaults) or "none"
        raise ValueError(f"{kind} has no parameter {name!r}; it has {known}")
    match defaults[name]:
        case int() if name == "status":
            is_right = isinstance(value, int) and 200 <= value < 600  # noqa: PLR2004 - HTTP's
        case int() | float():
            is_right = isinstance(value, int | float) and 0 <= value < _MANY
        case list():
            is_right = isinstance(value, list) and all(isinstance(each, str) for each in value)
        case dict():
            is_right = isinstance(value, dict) and all(map(_is_header, value.items()))
        case str():
            is_right = isinstance(value, str)
        case _:
            is_right = value is None or isinstance(value, int | float | str)
    if not is_right:
        raise ValueError(f"{name} cannot be {value!r}")


def _is_header(pair: tuple[object, object]) -> bool:
    return all(isinstance(text, str) and text.isascii() and text.isprintable() for text in pair)


def switch_on(store: Store, fault: Fault) -> int:
    """Add a fault; its number."""
    with store.writing() as db:
        cursor = db.execute(
            "INSERT INTO faults (record, skip, times) VALUES (?, ?, ?)",
            (json.dumps(fault.record()), fault.skip, fault.times),
        )
        return cursor.lastrowid or 0


def switch_off_all(store: Store) -> int:
    """Remove every fault; how many there were."""
    with store.writing() as db:
        return db.execute("DELETE FROM faults").rowcount


@contextmanager
def switched_on(store: Store, faults: Iterable[Fault]) -> Iterator[None]:
    """The faults are on while the context lasts."""
    numbers = [switch_on(store, fault) for fault in faults]
    try:
        yield
    finally:
        with store.writing() as db:
            db.executemany("DELETE FROM faults WHERE seq = ?", [(each,) for each in numbers])


def current(store: Store) -> list[dict[str, Any]]:
    """The faults that are on, each with what is left of `skip` and `times`."""
    rows = store.all("SELECT record, skip, times FROM faults ORDER BY seq")
    return [json.loads(record) | {"skip": skip, "times": times} for record, skip, times in rows]


def take(store: Store, method: str, path: str) -> dict[str, Fault]:
    """The faults that act on a request, by kind; each counts it."""
    if not store.one("SELECT 1 FROM faults LIMIT 1"):
        return {}
    found: dict[str, Fault] = {}
    with store.writing() as db:
        rows = db.execute("SELECT seq, record, skip, times FROM faults ORDER BY seq").fetchall()
        for seq, record, skip, times in rows:
            fault = Fault.of(json.loads(record))
            if fault.kind in found or times == 0 or not fault.matches(method, path):
                continue
            if skip:
                db.execute("UPDATE faults SET skip = skip - 1 WHERE seq = ?", (seq,))
                continue
            db.execute("UPDATE faults SET times = times - 1 WHERE seq = ?", (seq,))
            found[fault.kind] = fault
    return found
