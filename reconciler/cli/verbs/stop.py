"""Signals: while nothing is under way one ends the command; else the first asks, the second leaves.

All of it is safe: what an effect needs to be found again is in the journal before it is sent.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from reconciler.cli.out import Out
from reconciler.errors import ExitCode

_STOPPING = "stopping: finishing what is under way, starting nothing more (^C again: leave)"
_LEFT = "Left at once. The journal has every step; run apply to go on."


class Stop:
    """Whether somebody asked to stop, and a pause that such a wish ends early."""

    def __init__(self, out: Out) -> None:
        self._event = threading.Event()
        self._is_gentle = False
        self._out = out

    @property
    def is_asked(self) -> bool:
        """Whether nothing more should be started."""
        return self._event.is_set()

    def pause(self, seconds: float) -> None:
        """Wait, unless somebody asks to stop."""
        self._event.wait(seconds)

    @contextmanager
    def gently(self) -> Iterator[None]:
        """While effects may be under way, the first signal only asks; else it interrupts."""
        self._is_gentle = True
        try:
            yield
        finally:
            self._is_gentle = False

    def ask(self) -> None:
        """What a signal does: interrupt, or ask to start nothing more, or leave at once."""
        if not self._is_gentle:
            raise KeyboardInterrupt
        with suppress(RuntimeError):  # the signal came in the middle of a print
            self._out.say(_LEFT if self._event.is_set() else _STOPPING)
        if self._event.is_set():
            self._out.show_cursor()
            os._exit(ExitCode.INTERRUPTED)
        self._event.set()


@contextmanager
def stoppable(out: Out) -> Iterator[Stop]:
    """Take SIGINT and SIGTERM as a wish to stop while the context lasts."""
    stop = Stop(out)
    earlier = {
        number: signal.signal(number, lambda *_: stop.ask())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stop
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
