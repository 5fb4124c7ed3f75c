"""^C ends a command that only reads, also where Python drops it.

A `KeyboardInterrupt` that comes while Python runs a callback whose errors it ignores (a finalizer,
the end of an import's lock) is lost. So it comes again a moment later, until the process has left,
and what Python would print of it, a traceback, is not told.
Commands that have something to finish take signals themselves (`verbs/stop.py`).
"""

import signal
import sys
from types import FrameType
from typing import NoReturn

AGAIN = 1.0
"""Seconds after an interrupt until it is repeated: leaving takes far less."""


def insist() -> None:
    """Take ^C from now on, unless whoever started this process had it ignored."""
    if signal.getsignal(signal.SIGINT) in (signal.default_int_handler, signal.SIG_DFL):
        signal.signal(signal.SIGINT, _interrupt)
        sys.unraisablehook = _tell


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001  # as of any handler
    from threading import Timer, get_ident  # noqa: PLC0415  # most commands are never interrupted

    # To this thread, the main one: another would take the signal and wake nobody.
    again = Timer(AGAIN, signal.pthread_kill, (get_ident(), number))
    again.daemon = True
    again.start()
    raise KeyboardInterrupt


def _tell(ignored: "sys.UnraisableHookArgs") -> None:
    """Tell of an exception that Python ignores, unless it comes again."""
    if not issubclass(ignored.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(ignored)
