"""An exclusive lock on one machine: flock on a file that is never removed.

The kernel frees the lock with its holder's last breath, so a lock is never stale and never stolen.
The file is not the state's: a rename would leave two waiters on two files. Who holds it is written
in it for people to read, and means nothing without the lock itself.
"""

import fcntl
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from reconciler.backends.durable import is_at, open_safely, read_file, write_all
from reconciler.backends.holder import Holder

_LEAST_WAIT = 0.25
"""Seconds: longer than `current_holder` of another process can hold the lock in passing."""

_BETWEEN_TRIES = 0.05
"""Seconds."""


def take(path: Path, holder: Holder, timeout: float, pause: Callable[[float], None]) -> int | None:
    """A descriptor that holds the lock until it is closed; None when the time was not enough."""
    deadline = time.monotonic() + max(timeout, _LEAST_WAIT)
    while (fd := _try(path, os.O_RDWR | os.O_CREAT, fcntl.LOCK_EX)) is None:
        left = deadline - time.monotonic()
        if left <= 0:
            return None
        pause(min(_BETWEEN_TRIES, left))
    try:
        _write_holder(fd, holder)
    except BaseException:
        os.close(fd)
        raise
    return fd


def release(fd: int) -> None:
    """Blank the holder, then let go; a holder that could not be blanked is known to be gone."""
    with suppress(OSError):
        os.ftruncate(fd, 0)
    with suppress(OSError):  # the descriptor is gone in any case, and the lock with it
        os.close(fd)


def written_holder(path: Path) -> Holder | None:
    """The holder in the file, alive or not; None when it is blank or being written."""
    return Holder.from_json(read_file(path) or b"")


def current_holder(path: Path) -> Holder | None:
    """The holder in the file if someone has the lock, else None. Creates and changes nothing."""
    holder = written_holder(path)
    if holder is None:
        return None
    # The only way to ask is to take it for a moment, beside others who only ask.
    fd = _try(path, os.O_RDONLY, fcntl.LOCK_SH)
    if fd is None:
        return holder
    os.close(fd)
    return None


def blank_if_free(path: Path) -> bool:
    """Blank a dead holder's name; False when the holder is alive."""
    fd = _try(path, os.O_RDWR, fcntl.LOCK_EX)
    if fd is not None:
        release(fd)
    return fd is not None


def _try(path: Path, flags: int, mode: int) -> int | None:
    fd = open_safely(path, flags)
    try:
        fcntl.flock(fd, mode | fcntl.LOCK_NB)
        # Someone may have deleted the file since it was opened: then the lock is on no name.
        is_ours = is_at(fd, path)
    except BlockingIOError:
        is_ours = False
    except BaseException:
        os.close(fd)
        raise
    if is_ours:
        return fd
    os.close(fd)
    return None


def _write_holder(fd: int, holder: Holder) -> None:
    os.ftruncate(fd, 0)
    write_all(fd, holder.to_json())
