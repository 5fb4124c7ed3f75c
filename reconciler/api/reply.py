"""One HTTP answer, and its JSON read without trust."""

import json
import math
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple, NoReturn, TypeAlias

import msgspec

from reconciler.no_json import NO_JSON

Json: TypeAlias = dict[str, Any]

# But a part (206), which nobody asked for.
SUCCESS = frozenset(range(200, 300)) - {206}
# A `Retry-After` beyond a day says "not today" just as well.
LONGEST_WAIT = 86_400.0


class NotJson(ValueError):
    """The body is not a JSON object that this program takes."""


class Reply(NamedTuple):
    """Status, headers (names in lower case) and body of one answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the status is one of `SUCCESS`."""
        return self.status in SUCCESS

    @property
    def media_type(self) -> str:
        """The content type without its parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def date(self) -> float | None:
        """The `Date` header in Unix seconds, or None."""
        return parse_date(self.headers.get("date", ""))

    @property
    def retry_after(self) -> float | None:
        """Seconds that the server asks to wait, from 0 to a day, or None."""
        if (milliseconds := _seconds(self.headers.get("retry-after-ms", ""))) is not None:
            return _capped(milliseconds / 1000)
        asked = self.headers.get("retry-after", "")
        if (seconds := _seconds(asked)) is not None:
            return _capped(seconds)
        until = parse_date(asked)
        # Against the server's own clock: ours may be hours off.
        return None if until is None or self.date is None else _capped(until - self.date)


def decode(body: bytes) -> Json:
    """The JSON object in `body`; raises `NotJson` for whatever else is there.

    NaN, infinities, numbers beyond a float and nesting beyond the interpreter's limit are no
    JSON that this program takes.
    """
    try:
        value = msgspec.json.decode(body)
    except NO_JSON:
        value = _patiently(body)
    if not isinstance(value, dict):
        raise NotJson("JSON, but not an object")
    return value


def _patiently(body: bytes) -> Any:  # noqa: ANN401  # any JSON value
    """What the fast reader refuses, and may be taken: a byte-order mark, half a pair."""
    try:
        return json.loads(
            body.decode("utf-8-sig"), parse_constant=_refuse_number, parse_float=_finite
        )
    except (ValueError, RecursionError) as cause:
        raise NotJson("not JSON") from cause


def parse_date(text: str) -> float | None:
    """An HTTP date in Unix seconds, or None."""
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return None if math.isnan(seconds) else seconds


def _capped(seconds: float) -> float:
    return min(max(seconds, 0.0), LONGEST_WAIT)


def _refuse_number(name: str) -> NoReturn:
    raise NotJson(f"{name} is not a number")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse_number(text)
