"""Whose request is on its way: as many at once as its lane is wide, whatever was made ready."""

from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock

from reconciler.core.resource import Lifecycle
from reconciler.schedule import Lanes


class _Lane:
    """So many turns; who came first has the next one, as an intent must not wait for long."""

    def __init__(self, width: int) -> None:
        self._guard, self._free = Lock(), width
        self.waiting: deque[Lock] = deque()

    def take(self) -> None:
        with self._guard:
            if self._free:
                self._free -= 1
                return
            mine = Lock()
            mine.acquire()
            self.waiting.append(mine)
        mine.acquire()  # until it is given

    def give(self) -> None:
        with self._guard:
            if self.waiting:
                self.waiting.popleft().release()
            else:
                self._free += 1


class Turns:
    """What is ready waits here, from whatever thread, until its request may go out."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes: Mapping[Lifecycle, _Lane] = {
            each: _Lane(lanes.width(each)) for each in Lifecycle
        }

    def waiting(self, lifecycle: Lifecycle) -> int:
        """How many wait for a turn."""
        return len(self._lanes[lifecycle].waiting)

    @contextmanager
    def of(self, lifecycle: Lifecycle) -> Iterator[None]:
        """Wait for a turn, and give it to the next one after the block."""
        lane = self._lanes[lifecycle]
        lane.take()
        try:
            yield
        finally:
            lane.give()
