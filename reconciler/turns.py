"""Whose request is on its way: as many at once as its lane is wide, whatever was made ready."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from queue import SimpleQueue

from reconciler.core.resource import Lifecycle
from reconciler.schedule import Lanes


class Turns:
    """What is ready waits here, from whatever thread, until its request may go out."""

    def __init__(self, lanes: Lanes) -> None:
        self._free: Mapping[Lifecycle, SimpleQueue[None]] = {
            each: SimpleQueue() for each in Lifecycle
        }
        for lifecycle, free in self._free.items():
            for _ in range(lanes.width(lifecycle)):
                free.put(None)

    @contextmanager
    def of(self, lifecycle: Lifecycle) -> Iterator[None]:
        """Wait for a turn, and give it to the next one after the block."""
        free = self._free[lifecycle]
        free.get()
        try:
            yield
        finally:
            free.put(None)
