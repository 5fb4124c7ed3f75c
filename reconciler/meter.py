"""How much of what is being uploaded has gone out: counted in any thread, told by the executor."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from threading import Lock

from reconciler.core.order import Key
from reconciler.core.plan import Change
from reconciler.events import Sending


class Meter:
    """Bytes that went out for each change."""

    def __init__(self) -> None:
        self._lock, self._sent = Lock(), Counter[Key]()

    def of(self, change: Change) -> Callable[[int], None]:
        """Counts what goes out for this change from now on: of an earlier try nothing came."""
        with self._lock:
            self._sent[change.key] = 0

        def add(size: int) -> None:
            with self._lock:
                self._sent[change.key] += size

        return add

    def read(self, changes: Iterable[Change]) -> Iterator[Sending]:
        """How far each of these is; nothing of what sends no content."""
        for change in changes:
            total = change.resource.facts.get("bytes") if change.resource else None
            if isinstance(total, int) and (sent := self._sent[change.key]):
                yield Sending(change, sent, total)
