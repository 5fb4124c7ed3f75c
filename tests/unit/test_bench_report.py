"""The bench promises ratios: their arithmetic, the verdict and the table; nothing is timed."""

import pytest

from bench.compare import Case, Pair
from bench.process import Command, Sample
from bench.report import Row, document, row, table

CASE = Case("plan", "against a list", Command(("a",)), Command(("b",)), 0.4, megabytes=64)


def pair(subject: float, yardstick: float, megabytes: float = 10) -> Pair:
    """A round of these seconds."""
    return Pair(Sample(subject, megabytes, 0), Sample(yardstick, 99, 0))


def test_the_ratio_is_the_median_of_the_rounds() -> None:
    """One slow round, of whichever side, moves neither the ratio nor the milliseconds."""
    found = row(CASE, [pair(1, 4), pair(2, 4), pair(8, 4), pair(1, 40), pair(2, 4)])
    assert found.ratio == 0.5
    assert found.spread == (0.025, 2.0)
    assert (found.milliseconds, found.yardstick, found.rounds) == (2000, 4000, 5)


def test_ratios_are_taken_round_by_round() -> None:
    """A machine that is slow for a whole round leaves that round's ratio as it is."""
    assert row(CASE, [pair(1, 2), pair(10, 20), pair(100, 200)]).ratio == 0.5


@pytest.mark.parametrize(
    ("subject", "megabytes", "verdict"),
    [(0.4, 64, "ok"), (0.41, 64, "OVER"), (0.4, 64.1, "OVER")],
)
def test_a_promise_is_kept_up_to_its_limit(subject: float, megabytes: float, verdict: str) -> None:
    """Both the ratio and the peak memory of the worst round count."""
    found = row(CASE, [pair(subject, 1), pair(subject, 1, megabytes)])
    assert found.verdict == verdict
    assert found.is_over == (verdict == "OVER")


def test_what_was_not_measured_is_not_over() -> None:
    """A machine without the yardstick breaks no promise, and says so."""
    missing = Row("upload", "", why="no curl here")
    assert missing.verdict == "skipped"
    assert not missing.is_over
    assert table([missing]).endswith("skipped  no curl here")


def test_the_table_lines_up() -> None:
    """The verdict of each row stands in one column, under its head."""
    text = table([row(CASE, [pair(1, 4)]), row(CASE, [pair(300, 4)])])
    head, kept, missed = text.splitlines()
    end = head.index("verdict") + len("verdict")
    assert kept[:end].endswith(" ok")
    assert missed[:end].endswith(" OVER")
    assert "1000" in kept
    assert "0.25  ≤ 0.40" in kept


def test_the_document_says_what_the_table_says() -> None:
    """Each row has its figures and its verdict."""
    (found,) = document([row(CASE, [pair(1, 4)])])["rows"]
    assert (found["name"], found["ratio"], found["verdict"]) == ("plan", 0.25, "ok")
