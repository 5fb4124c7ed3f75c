"""Signals: the first asks to stop, the second leaves at once; both are safe."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from reconciler.errors import ExitCode


class Stop:
    """Whether somebody asked to stop, and a pause that such a wish ends early."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._event = threading.Event()
        self._say = say

    @property
    def is_asked(self) -> bool:
        """Whether nothing more should be started."""
        return self._event.is_set()

    def pause(self, seconds: float) -> None:
        """Wait, unless somebody asks to stop."""
        self._event.wait(seconds)

    def ask(self) -> None:
        """Start nothing more; asked twice, leave at once."""
        if self._event.is_set():
            self._say("Left at once. The journal has every step; run apply to go on.")
            os._exit(ExitCode.INTERRUPTED)
        self._event.set()
        self._say("stopping: finishing what is under way, starting nothing more (^C again: leave)")


@contextmanager
def stoppable(say: Callable[[str], None]) -> Iterator[Stop]:
    """Take SIGINT and SIGTERM as a wish to stop while the context lasts."""
    stop = Stop(say)
    earlier = {
        number: signal.signal(number, lambda *_: stop.ask())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stop
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
