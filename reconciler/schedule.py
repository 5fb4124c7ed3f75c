"""When each change of a plan begins: after what it needs, in one order, so many side by side.

Stages follow one another: what is recorded anew, what is made, runs that are held or cancelled,
what is deleted. Within a stage a change begins when all that it needs has ended, done or not; of
those that may begin the first in the plan's order does, while its lane has room. One that only
waits for its answer gives up its room: the next is made ready meanwhile, and not sent (`turns.py`).
"""

from collections.abc import Callable, Mapping
from graphlib import TopologicalSorter
from heapq import heappop, heappush
from typing import NamedTuple

from reconciler.core.order import Key, needs, order, stage
from reconciler.core.plan import Action, Change, Plan
from reconciler.core.resource import Lifecycle, Live


class Lanes(NamedTuple):
    """How many effects go on at once: on what is stored and free, and on runs, which are paid."""

    stored: int = 8
    run: int = 1

    def width(self, lifecycle: Lifecycle) -> int:
        """Of one lane."""
        return self.stored if lifecycle is Lifecycle.STORED else self.run

    @property
    def begun(self) -> int:
        """How many may have begun at once, whatever becomes of those that wait for an answer."""
        return 2 * sum(self)


USUAL = Lanes()


class Schedule:
    """The changes of a plan that have not begun, and which of them may."""

    def __init__(
        self, plan: Plan, live: Live, lanes: Lanes, lifecycle: Callable[[str], Lifecycle]
    ) -> None:
        """`lifecycle` tells that of a kind; what waits never begins."""
        changes = [c for c in order(plan, live) if c.action is not Action.WAITING]
        self._ranked = dict(enumerate(changes))
        self._rank = {change.key: rank for rank, change in self._ranked.items()}
        self._lifecycle = lifecycle
        self._width = {each: lanes.width(each) for each in Lifecycle}
        self._ready: dict[Lifecycle, list[int]] = {each: [] for each in Lifecycle}
        self._begun: dict[Lifecycle, set[Key]] = {each: set() for each in Lifecycle}
        self._answering: dict[Lifecycle, set[Key]] = {each: set() for each in Lifecycle}
        self._sorter = TopologicalSorter(_graph(changes, needs(plan, live)))
        self._sorter.prepare()
        self._collect()

    def take(self) -> Change | None:
        """The next change that may begin now; None while none may."""
        lanes = [lane for lane, ready in self._ready.items() if ready and self._has_room(lane)]
        if not lanes:
            return None
        lane = min(lanes, key=lambda each: self._ready[each][0])
        change = self._ranked[heappop(self._ready[lane])]
        self._begun[lane].add(change.key)
        return change

    def _has_room(self, lane: Lifecycle) -> bool:
        """One is made ready for each that waits for its answer, but never more than go at once."""
        width = self._width[lane]
        return len(self._begun[lane]) < width + min(width, len(self._answering[lane]))

    def answer(self, change: Change) -> None:
        """Only its answer is waited for: another may be made ready, but none that needs it."""
        self._answering[self._lane(change)].add(change.key)

    def end(self, change: Change) -> None:
        """It has ended, whatever came of it, or will not begin: what needed it is next."""
        lane = self._lane(change)
        self._begun[lane].discard(change.key)
        self._answering[lane].discard(change.key)
        self._sorter.done(change.key)
        self._collect()

    def _lane(self, change: Change) -> Lifecycle:
        return self._lifecycle(change.address.kind)

    def _collect(self) -> None:
        while nodes := self._sorter.get_ready():
            for node in nodes:
                if isinstance(node, int):  # a stage has ended: nothing has to be done for it
                    self._sorter.done(node)
                else:
                    rank = self._rank[node]
                    heappush(self._ready[self._lane(self._ranked[rank])], rank)


def _graph(
    changes: list[Change], required: Mapping[Key, frozenset[Key]]
) -> dict[Key | int, set[Key | int]]:
    """Change → what has to end before it; a number stands for the end of all stages up to it."""
    keys = {change.key for change in changes}
    stages = sorted({stage(change) for change in changes})
    before = dict(zip(stages[1:], stages, strict=False))
    graph: dict[Key | int, set[Key | int]] = {each: set() for each in stages}
    for change in changes:
        place = stage(change)
        graph[change.key] = {*(required[change.key] & keys)}
        if place in before:
            graph[change.key].add(before[place])
        graph[place].add(change.key)
    return graph
