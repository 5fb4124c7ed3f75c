"""The link of the bench: nobody gets more than its speed, however many share it."""

from dataclasses import dataclass

import pytest

from bench.link import BURST, REST, Link

SPEED = 1_000_000


@dataclass
class Clock:
    """Time that passes where somebody sleeps, each time a little longer than asked for."""

    now: float = 100.0
    late: float = 0.0

    def sleep(self, seconds: float) -> None:
        """Sleep."""
        self.now += seconds + self.late


def carried(clock: Clock, sizes: list[int], works: float = 0.0) -> float:
    """Seconds that reads of these sizes take, each after so much work of the reader."""
    began, link = clock.now, Link(SPEED, lambda: clock.now, clock.sleep)
    for size in sizes:
        clock.now += works
        link.carry(size)
    return clock.now - began


@pytest.mark.parametrize("size", [16_384, 1_000, 100_000])
@pytest.mark.parametrize("late", [0.0, 0.001])
def test_it_takes_as_long_as_its_speed_says(size: int, late: float) -> None:
    """Whatever the reads are, and though each sleep is too long."""
    sizes = [size] * (2 * SPEED // size)
    took, least = carried(Clock(late=late), sizes), sum(sizes) / SPEED
    assert least - BURST <= took <= least + 2 * late + 1e-6


def test_who_reads_slower_is_not_held_up() -> None:
    """And what was not used for a while is gone: a pause is not made good."""
    assert carried(Clock(), [1_000] * 100, works=0.01) == pytest.approx(1.0)
    took = carried(Clock(), [1_000] * 10 + [100_000], works=1.0)
    assert took == pytest.approx(11 + 0.1 - REST)
