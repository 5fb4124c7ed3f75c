"""What is said while a request is tried again: an endpoint that is down is not met in silence."""

import threading
import time

from reconciler.cli.out import Out, now
from reconciler.errors import ApiError
from reconciler.render.duration import spell
from reconciler.text import visible

SILENCE = 1.0
"""Seconds of trouble that are not worth a word."""

BETWEEN = 60.0
"""Seconds between two lines about the same trouble in a pipe."""


class Retries:
    """Tells of each wait before a request is tried again; any number of threads may."""

    def __init__(self, out: Out) -> None:
        self._out = out
        self._lock = threading.Lock()
        self._since: dict[str, float] = {}
        self._told_until: dict[str, float] = {}

    def tell(self, error: ApiError, seconds: float) -> None:
        """Once for all requests that wait for the same reason."""
        what, moment = error.what, time.monotonic()
        with self._lock:
            began = self._since.setdefault(what, moment)
            is_long = moment + seconds - began >= SILENCE
            if not is_long or self._told_until.get(what, 0.0) > moment:
                return
            lasts = seconds if self._out.is_terminal else BETWEEN
            self._told_until[what] = moment + lasts
        stamp = "  …" if self._out.is_terminal else now()
        cause = f" ({visible(error.why)})" if error.why else ""
        self._out.say(f"{stamp} {visible(what)}{cause}; trying again in {spell(seconds)}")
