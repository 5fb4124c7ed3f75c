"""What is asked of a source: which version it is, for next to nothing, and its bytes."""

import io
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

from msgspec import Struct

UNTOLD = -1
"""The size of what nobody tells the size of."""


class Version(Struct, frozen=True):
    """What changes when the bytes do.

    Attributes:
        size: bytes, or `UNTOLD`.
        marks: whatever else tells two versions apart; no mark at all tells none.
        touched: nanoseconds since the epoch at which it last changed. It may change once more
            under the same marks shortly after; None where the marks alone are enough.
    """

    size: int
    marks: tuple[int | str, ...]
    touched: int | None = None


class Waits(NamedTuple):
    """How a further try is waited for.

    Attributes:
        pause: waits so many seconds; it may end early.
        is_over: whether nothing more should be tried.
    """

    pause: Callable[[float], None] = time.sleep
    is_over: Callable[[], bool] = lambda: False


class Unreadable(OSError):
    """An object that cannot be read, in the parts of an error, and the code of its rule.

    `errno` is what opening a file would say, and `strerror` is why.
    """

    def __init__(self, errno: int, code: str, what: str, why: str, cure: str) -> None:
        super().__init__(errno, why)
        self.code, self.what, self.why, self.cure = code, what, why, cure


class Opened(Protocol):
    """Bytes that are being read."""

    @property
    def raw(self) -> io.RawIOBase:
        """The bytes, seekable; reading raises `OSError`."""
        ...

    @property
    def version(self) -> Version:
        """Which version these are."""
        ...

    def is_unchanged(self) -> bool:
        """Whether what was read so far is of that version."""
        ...


class Source(Protocol):
    """A file or an object."""

    @property
    def key(self) -> str:
        """What it is known by between runs."""
        ...

    @property
    def is_far(self) -> bool:
        """Whether to ask for its version takes long enough to ask for several at once."""
        ...

    def version(self) -> Version | None:
        """The version that is there now: one `stat` or one HEAD; None where that is not to be had.

        It raises nothing: `opened` says what is wrong.
        """
        ...

    def opened(self, version: Version | None = None) -> AbstractContextManager[Opened]:
        """Its bytes, of just this version if there is one.

        Raises:
            OSError: it cannot be read; `Unreadable` has more to say of it.
        """
        ...

    def leads_to(self, version: Version) -> bool:
        """Whether its name still leads to what was read, where that is not certain by itself."""
        ...
