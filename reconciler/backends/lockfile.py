"""An exclusive lock on one machine: flock on a file that is never removed.

The kernel frees the lock with its holder's last breath, so a lock is never stale and never stolen.
The file is not the state's: a rename would leave two waiters on two files. Its stamp says who holds
the lock, for people, and counts the holders: where flock does not reach (two hosts on a network
filesystem without locks), a holder still notices that another one came after it.
"""

import fcntl
import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Self

from msgspec import Struct
from msgspec.structs import asdict

from reconciler.backends.durable import is_at, open_safely, read_file, write_all
from reconciler.backends.holder import Holder

_LEAST_WAIT = 0.25
"""Seconds: longer than `current_holder` of another process can hold the lock in passing."""

_BETWEEN_TRIES = 0.05
"""Seconds."""

_LONGEST = 65_536
"""Bytes of a stamp that are looked at; ours has a few hundred."""

_OURS = (b'{"epoch": ', b'{"id": ')
"""How a stamp begins; the latter in the first versions."""


class Stamp(Struct, frozen=True):
    """What stands in the lock's file.

    Attributes:
        epoch: of the last lock; each has one more than those before. Only ever raised.
        holder: who has it, alive or not; None when nobody does.
    """

    epoch: int = 0
    holder: Holder | None = None

    def to_json(self) -> bytes:
        """One line of JSON."""
        who = asdict(self.holder) if self.holder else None
        return json.dumps({"epoch": self.epoch, "holder": who}).encode() + b"\n"

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """The stamp in `data`; a blank, torn or foreign one says nothing."""
        try:
            found = json.loads(data)
            epoch, holder = found["epoch"], found["holder"]
        except (ValueError, TypeError, KeyError, RecursionError):
            return cls()
        is_count = type(epoch) is int and epoch > 0
        return cls(epoch if is_count else 0, Holder.from_value(holder))


def take(path: Path, timeout: float, pause: Callable[[float], None]) -> int | None:
    """A descriptor that holds the lock until it is closed; None when the time was not enough."""
    deadline = time.monotonic() + max(timeout, _LEAST_WAIT)
    while (fd := _try(path, os.O_RDWR | os.O_CREAT, fcntl.LOCK_EX)) is None:
        left = deadline - time.monotonic()
        if left <= 0:
            return None
        pause(min(_BETWEEN_TRIES, left))
    return fd


def mark(fd: int, holder: Holder, above: int) -> Stamp:
    """Write who holds the lock now, under an epoch higher than `above` and any before."""
    stamp = Stamp(max(stamp_in(fd).epoch, above) + 1, holder)
    _write(fd, stamp)
    return stamp


def stamp_in(fd: int) -> Stamp:
    """The stamp in an open lock file, as it is now."""
    return _stamp_of(os.pread(fd, _LONGEST, 0))


@lru_cache(maxsize=1)  # asked before each entry of a journal, and hardly ever another one
def _stamp_of(data: bytes) -> Stamp:
    return Stamp.from_json(data)


def is_foreign(fd: int) -> bool:
    """Whether what stands in the file is neither a stamp, nor one that was cut short, nor blank."""
    found = os.pread(fd, _LONGEST, 0).strip(b"\0\n")
    return not any(found.startswith(ours) or ours.startswith(found) for ours in _OURS)


def release(fd: int, stamp: Stamp) -> None:
    """Blank the holder, then let go; a holder that could not be blanked is known to be gone.

    What stands there is left alone where it is another's: the lock was taken away.
    """
    try:
        with suppress(OSError):
            if stamp_in(fd) == stamp:
                _write(fd, Stamp(stamp.epoch))
    finally:
        with suppress(OSError):  # the descriptor is gone in any case, and the lock with it
            os.close(fd)


def written_holder(path: Path) -> Holder | None:
    """The holder in the file, alive or not; None when it is blank or being written."""
    return Stamp.from_json(read_file(path) or b"").holder


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
    """Blank a holder and raise the epoch, so that it is over for whoever had it.

    False when the holder is alive: the kernel knows.
    """
    fd = _try(path, os.O_RDWR, fcntl.LOCK_EX)
    if fd is None:
        return False
    try:
        _write(fd, Stamp(stamp_in(fd).epoch + 1))
    finally:
        os.close(fd)
    return True


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


def _write(fd: int, stamp: Stamp) -> None:
    os.ftruncate(fd, 0)
    os.lseek(fd, 0, os.SEEK_SET)
    write_all(fd, stamp.to_json())
