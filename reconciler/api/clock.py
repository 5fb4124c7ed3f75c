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


class ServerClock:
    """The API's clock, as `Date` headers and the time since then tell it.

    It never goes back: an answer out of a cache, or of a machine whose clock is wrong, would make
    an intent old that was written just now.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last: tuple[float, float] | None = None

    def note(self, date: float | None) -> None:
        """Sets the clock by an answer's date, forward; None changes nothing."""
        moment = self._clock()
        if date is not None and (self._last is None or date > self._at(moment, self._last)):
            # One assignment, so that threads never see a half of it.
            self._last = (date, moment)

    def now(self) -> int | None:
        """Unix seconds at the API, rounded down, or None before its first answer.

        A `Date` has whole seconds and is some time on its way, so this is late by about a
        second at most: an age comes out too young, never too old.
        """
        return None if self._last is None else int(self._at(self._clock(), self._last))

    @staticmethod
    def _at(moment: float, last: tuple[float, float]) -> float:
        date, noted = last
        return date + moment - noted
