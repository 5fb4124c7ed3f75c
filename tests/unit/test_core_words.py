"""Values as people read them."""

import pytest

from reconciler.core import words


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"), (999, "999 B"), (1000, "1.0 KB"), (9940, "9.9 KB"), (9960, "10 KB"),
        (310_000, "310 KB"), (999_499, "999 KB"), (999_500, "1.0 MB"), (3_100_000, "3.1 MB"),
        (2 * 10**12, "2.0 TB"), (5 * 10**15, "5000 TB"),
    ],
)  # fmt: skip
def test_sizes(count: int, text: str) -> None:
    """Decimal units, two figures below ten."""
    assert words.size(count) == text


@pytest.mark.parametrize(
    ("count", "about"), [(0, 0), (7, 7), (38, 38), (384, 380), (38_512, 39_000)]
)
def test_what_is_about_right_has_two_figures(count: int, about: int) -> None:
    """More would say that it is known."""
    assert words.roughly(count) == about


def test_times_are_utc() -> None:
    """A day and a time of day."""
    assert words.day(0) == "1970-01-01"
    assert words.clock(3661) == "01:01:01Z"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (59, "59s"), (60, "1m"), (130, "2m 10s"), (3600, "1h"), (5430, "1h 30m")],
)
def test_spans(seconds: int, text: str) -> None:
    """The two largest units, without what is zero."""
    assert words.span(seconds) == text


def test_a_digest_is_shown_short() -> None:
    """Eight digits, without the version of the fingerprint."""
    assert words.short("v1:0123456789") == words.short("0123456789") == "01234567"


def test_a_point_in_time() -> None:
    """To the minute, or the second; nothing for what is none."""
    assert words.when(1_795_356_000) == "2026-11-22 14:00Z"
    assert words.when(1_795_356_000, to="seconds") == "2026-11-22 14:00:00Z"
    assert (words.when(None), words.when(2**60)) == ("", "")
