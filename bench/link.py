"""A link of a stated speed: what its reader lets through, over all its connections together."""

import time
from collections.abc import Callable
from threading import Lock

BURST = 0.002
"""Seconds that reads may be ahead of the link: shorter sleeps would cost more than they wait."""
REST = 0.02
"""Seconds that they may have fallen behind and still make good, as after a sleep that was long."""


class Link:
    """Holds up whoever reads faster; the peer feels it as it would a network, by full buffers."""

    def __init__(
        self,
        speed: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        """`speed` is in bytes a second."""
        self._speed, self._clock, self._sleep = speed, clock, sleep
        self._turn = Lock()
        self._due = clock()

    def carry(self, size: int) -> None:
        """So many bytes were read, by whichever thread: return when the link would have done so."""
        with self._turn:
            now = self._clock()
            self._due = max(self._due, now - REST) + size / self._speed
            ahead = self._due - now
        if ahead > BURST:
            self._sleep(ahead)
