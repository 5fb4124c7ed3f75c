"""The executor: it begins each change of a plan when it may, yields events and decides nothing.

Once an entry cannot be written nothing more is begun: what is announced first can be told.
"""

from collections.abc import Iterator
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import TypeAlias

from reconciler.core.order import needs
from reconciler.core.plan import Change, Plan
from reconciler.core.resource import Live
from reconciler.core.state import State, replay
from reconciler.effects import Effects
from reconciler.events import Event, Started
from reconciler.rig import Rig
from reconciler.schedule import Schedule

News: TypeAlias = Future[Event] | Change
"""An effect that has ended, or a change that only waits for its answer."""

TICK = 1.0
"""Seconds without news after which it is told how far uploads are."""


def apply(plan: Plan, state: State, live: Live, rig: Rig) -> Iterator[Event]:
    """Carry out a plan in the order of its dependencies; one event or two a change.

    A change that fails or stays in doubt keeps back those that need it, and no others. Whatever
    ends it, what has begun is carried out to its end.
    """
    for entry in plan.refreshes:
        rig.write(entry)
    news: SimpleQueue[News] = SimpleQueue()
    effects = Effects(rig, replay(state, plan.refreshes), live, needs(plan, live), news.put)
    schedule = Schedule(plan, live, rig.lanes, rig.lifecycle)
    begun: dict[Future[Event], Change] = {}
    with rig.threads(rig.lanes.begun) as pool:
        while True:
            while change := schedule.take():
                if left := effects.kept_back(change):
                    yield left
                    schedule.end(change)
                    continue
                yield Started(change)
                future = pool.submit(effects.carry_out, change)
                begun[future] = change
                future.add_done_callback(news.put)
                if future.done():  # an executor without threads: one thing after the other
                    break
            if not begun:
                return
            match _next(news):
                case None:
                    yield from effects.meter.read(begun.values())
                case Change() as answering:
                    schedule.answer(answering)
                case ended:
                    change = begun.pop(ended)
                    yield effects.ended(ended.result())
                    schedule.end(change)


def _next(news: SimpleQueue[News]) -> News | None:
    """What threads told first; None where none tells anything for a while."""
    try:
        return news.get(timeout=TICK)
    except Empty:
        return None
