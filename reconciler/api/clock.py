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
    """The API's clock, as its last `Date` header and the time since then tell it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last: tuple[float, float] | None = None

    def note(self, date: float | None) -> None:
        """Sets the clock by an answer's date; None changes nothing."""
        if date is not None:
            # One assignment, so that threads never see a half of it.
            self._last = (date, self._clock())

    def now(self) -> int | None:
        """Unix seconds at the API, rounded down, or None before its first answer.

        A `Date` has whole seconds and is some time on its way, so this is late by about a
        second at most: an age comes out too young, never too old.
        """
        if self._last is None:
            return None
        date, noted = self._last
        return int(date + self._clock() - noted)
