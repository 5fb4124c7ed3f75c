"""Two clocks: one that only goes forward, and the API's own."""

import time
from collections.abc import Callable


def uptime() -> float:
    """Seconds since some start, never set back, and counting while the machine sleeps.

    The sleep matters: a request whose time is over must not go out when a laptop wakes.
    """
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


LEAP = 60.0
"""Seconds by which the machines of one endpoint, and an answer's way, may differ; and by which our
own clock may differ from theirs, until two answers agree that it does by more."""


class ServerClock:
    """The API's clock, as `Date` headers and the time since then tell it.

    An answer out of a cache, or of a machine whose clock is wrong, must not make an intent old that
    was written just now: it would be given up, and paid for again. So it never goes back, and leaps
    forward only when two answers in a row tell so. Nor is a first answer believed alone that is far
    from what this machine takes for the time: one that was kept for an hour would make the intents
    that are written by it old from the start.

    Args:
        clock: seconds since some start.
        wall: this machine's own Unix seconds; the first answer is measured by them.
    """

    def __init__(self, clock: Callable[[], float], wall: Callable[[], float] = time.time) -> None:
        self._clock, self._wall = clock, wall
        self._last: tuple[float, float] | None = None
        self._doubted: tuple[float, float] | None = None

    def note(self, date: float | None) -> None:
        """Sets the clock by an answer's date, forward; None changes nothing."""
        if date is None:
            return
        moment, last, doubted = self._clock(), self._last, self._doubted
        if last is not None and date <= self._at(moment, last):
            return
        ahead = date - (self._wall() if last is None else self._at(moment, last))
        is_told_again = doubted is not None and abs(date - self._at(moment, doubted)) <= LEAP
        if abs(ahead) > LEAP and not is_told_again:
            self._doubted = (date, moment)
        else:
            # One assignment each, so that threads never see a half of it.
            self._last, self._doubted = (date, moment), None

    def now(self) -> int | None:
        """Unix seconds at the API, rounded down, or None before its first answer.

        A `Date` has whole seconds and is some time on its way, so this is late by about a
        second at most: an age comes out too young, never too old.
        """
        return None if self._last is None else int(self._at(self._clock(), self._last))

    def wall(self) -> float:
        """This machine's own Unix seconds, which may be wrong: for where the API tells no time."""
        return self._wall()

    @staticmethod
    def _at(moment: float, last: tuple[float, float]) -> float:
        date, noted = last
        return date + moment - noted
