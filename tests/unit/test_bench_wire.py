"""What a shared state costs on the wire is counted, not timed: so it can be held to its promise."""

import pytest

from bench.report import aligned
from bench.wire import Wire, lines, wire


@pytest.mark.parametrize("place", ["postgres", "s3"])
def test_a_change_costs_the_same_in_a_large_state(place: str) -> None:
    """Each of its two lines is sent once, and waited for once; a plan waits three times at most."""
    small, large = wire(place, 10), wire(place, 2_000)
    assert large.change - small.change < 16  # the number of a job, in digits
    assert large.change < 2_500
    assert small.changes == large.changes == 2
    assert max(small.plan, large.plan) <= 3
    assert large.checkpoint > 100 * large.change


def test_each_place_and_size_is_a_line() -> None:
    """Without any there is no table."""
    assert lines([]) == []
    wires = [Wire("s3", 10_000, 2_097, 4_450_853, 2, 3)]
    assert aligned(lines(wires)).splitlines() == [
        "state at  records  bytes for a change  a checkpoint  waits of a plan",
        "s3         10,000               2,097     4,450,853                3",
    ]
