import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.api.reply import NotJson, Reply, decode

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=5), VALUES, max_size=4))
def test_an_object_is_read_as_it_was_written(value: dict[str, object]) -> None:
    """Every JSON object comes back equal."""
    assert decode(json.dumps(value).encode()) == value


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail_in_another_way(body: bytes) -> None:
    """Bytes are an object or `NotJson`."""
    with suppress(NotJson):
        assert isinstance(decode(body), dict)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"x"',
        b"<html>",
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":1e400}',
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":' * 50_000,
        b'{"a":"\xff"}',
        b'{"a":1}{"b":2}',
    ],
)
def test_what_is_no_object_is_refused(body: bytes) -> None:
    """NaN, infinities, endless digits or nesting, broken text, two values."""
    with pytest.raises(NotJson):
        decode(body)


def reply(**headers: str) -> Reply:
    """A reply with these headers, dated."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(429, {"date": "Tue, 15 Nov 1994 08:12:31 GMT", **named}, b"")


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("5", 5.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("nan", None),
        ("inf", 86_400.0),
        ("1000000000", 86_400.0),
        ("soon", None),
        ("", None),
        ("Tue, 15 Nov 1994 08:13:01 GMT", 30.0),
        ("Tue, 15 Nov 1994 08:12:01 GMT", 0.0),
        ("Tue, 99 Nov 1994 08:12:01 GMT", None),
    ],
)
def test_retry_after_is_read_and_clamped(asked: str, seconds: float | None) -> None:
    """Seconds, or a date by the server's own clock; never negative, never beyond a day."""
    assert reply(retry_after=asked).retry_after == seconds


def test_milliseconds_win() -> None:
    """The finer header is taken where both stand."""
    assert reply(retry_after="5", retry_after_ms="250").retry_after == 0.25


def test_a_date_header_may_be_missing_or_broken() -> None:
    """Then there is no date, and a wait until a date is none."""
    later = "Tue, 15 Nov 1994 08:13:01 GMT"
    for date in ("", "yesterday", "0"):
        broken = reply(date=date, retry_after=later)
        assert (broken.date, broken.retry_after) == (None, None)


@given(st.text(max_size=40))
def test_any_header_is_survived(text: str) -> None:
    """Headers are the server's to write."""
    odd = reply(date=text, retry_after=text, retry_after_ms=text, content_type=text)
    assert odd.retry_after is None or 0 <= odd.retry_after <= 86_400
    assert odd.media_type == odd.media_type.lower()
