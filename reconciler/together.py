"""Writes side by side: while one is made durable the others gather, and then go together.

A sync takes as long for many lines as for one. Eight uploads that each wait for the syncs of seven
others would spend more time so than on the wire.
"""

from collections import deque
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class _Waiting(Generic[T]):
    """An item, and what became of it."""

    __slots__ = ("error", "is_over", "item")

    def __init__(self, item: T) -> None:
        self.item = item
        self.is_over = False
        self.error: BaseException | None = None


class Together(Generic[T]):
    """Items of any threads, written in the order in which they came, by one thread at a time."""

    def __init__(self, write: Callable[[Sequence[T]], None]) -> None:
        """`write` is given all that wait, one at least; where it raises none of them is written."""
        self._write, self._turn = write, Lock()
        self._waiting: deque[_Waiting[T]] = deque()

    def add(self, item: T) -> None:
        """Return once the item was written, by whichever thread; raises what that write raised."""
        mine = _Waiting(item)
        self._waiting.append(mine)
        with self._turn:
            if not mine.is_over:
                self._write_waiting()
        if mine.error:
            raise mine.error

    def __len__(self) -> int:
        """How many wait for the write that is under way."""
        return len(self._waiting)

    def _write_waiting(self) -> None:
        batch = [self._waiting.popleft() for _ in range(len(self._waiting))]
        error: BaseException | None = None
        try:
            self._write([waiting.item for waiting in batch])
        except BaseException as raised:  # noqa: BLE001  # each of them raises it, this thread's too
            error = raised
        for waiting in batch:
            waiting.is_over, waiting.error = True, error
