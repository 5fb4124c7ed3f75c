"""The answer to a TAB: what may stand where the cursor is, or nothing; never a complaint."""

import os
import signal
from contextlib import suppress

from click.shell_completion import shell_complete

from reconciler.cli.completion import VARIABLE
from reconciler.cli.completion.shells import register
from reconciler.cli.root import root
from reconciler.cli.settings import Settings

PATIENCE = 2.0
"""Seconds of work that a word is worth; a loaded machine may take longer for them."""


def answer() -> None:
    """Write what the shell's script asks for, and leave nothing on stderr.

    A manifest that cannot be read declares nothing that could be completed.
    """
    with suppress(Exception, KeyboardInterrupt):
        give_up_after(PATIENCE)
        register()
        shell_complete(root, {"obj": Settings()}, "reconciler", VARIABLE, os.environ[VARIABLE])


def give_up_after(seconds: float) -> None:
    """End the process after so much work: a pattern may search a huge folder; not on Windows."""
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGPROF, lambda *_: os._exit(0))
        signal.setitimer(signal.ITIMER_PROF, seconds)
