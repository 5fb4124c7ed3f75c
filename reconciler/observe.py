"""live = observe(api, kinds): one complete look at the API.

It costs ⌈files/page⌉ + ⌈jobs/page⌉ + 1 requests (models), and one GET for each recorded id that
no list shows, whatever the number of resources. What aliases are chosen by is read in `measure`.
"""

import math
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain, islice

from msgspec import Struct

from reconciler.core.owner import Owners
from reconciler.core.resource import Live, Observed
from reconciler.core.state import State
from reconciler.errors import DeadlineReached, NotFound
from reconciler.kinds.kind import SHUTDOWN, Api, Kind

MODELS = "models"
"""The kind of what is no object of ours, but may be pointed at."""

SIDE_BY_SIDE = 8
"""So many requests at once, at the most, when recorded ids are looked up one by one."""


TURN = 0.0005
"""Seconds after which a thread that computes lets another one go on while lists are walked.

Answers come one by one, each in a millisecond or two, and by default wait 5 ms for their turn.
"""


class Walks(Struct, frozen=True):
    """The lists of every kind, walked side by side while something else is done."""

    api: Api
    kinds: Mapping[str, Kind]
    owners: Owners
    _pool: ThreadPoolExecutor
    _begun: tuple[Future[Iterator[Observed]], ...]
    _age: Callable[[], float]

    def live(self, state: State) -> Live:
        """Wait for the lists; then ask for each recorded object that none of them shows.

        Raises:
            ApiError: the endpoint did not answer as the API does; nothing follows from that.
            Unsettled: a list is odd, so it proves nothing.
        """
        listed = [seen for walk in self._begun for seen in walk.result()]
        objects = {seen.id: seen for seen in listed if seen.kind != MODELS}
        models = {s.id: str(s.facts.get(SHUTDOWN, "")) for s in listed if s.kind == MODELS}
        held = state.held
        missing = [id_ for id_ in held if id_ not in objects]
        found = self._pool.map(lambda id_: self._look(id_, held[id_].kind), missing)
        looked = dict(zip(missing, found, strict=True))
        unlisted = {id_: seen for id_, seen in looked.items() if seen}
        gone = frozenset(looked.keys() - unlisted.keys())
        return Live(
            objects | unlisted,
            gone,
            self._date(),
            unlisted=frozenset(unlisted),
            models=models or None,
        )

    def _date(self) -> int | None:
        """The API's time when the walks began: no page is older than that."""
        now = self.api.now()
        return None if now is None else now - math.ceil(self._age())

    def _look(self, id_: str, kind: str) -> Observed | None:
        """One recorded object; None where the API itself says that it is gone."""
        try:
            return self.kinds[kind].fetch(self.api, id_, self.owners)
        except NotFound:
            return None


@contextmanager
def walking(
    api: Api, kinds: Mapping[str, Kind], owners: Owners, clock: Callable[[], float]
) -> Iterator[Walks]:
    """Begin to walk the lists of every kind; `clock` gives seconds that only go forward.

    They are waited for at the end, but not by whoever has to leave: nobody reads the answers.
    """
    pool, waits, began = ThreadPoolExecutor(SIDE_BY_SIDE), True, clock()
    usual = sys.getswitchinterval()
    sys.setswitchinterval(TURN)
    try:
        begun = tuple(pool.submit(_walk, kind, api, owners) for kind in kinds.values())
        yield Walks(api, kinds, owners, pool, begun, lambda: clock() - began)
    except (KeyboardInterrupt, DeadlineReached):
        waits = False
        raise
    finally:
        pool.shutdown(wait=waits, cancel_futures=True)
        sys.setswitchinterval(usual)


def observe(
    api: Api, kinds: Mapping[str, Kind], owners: Owners, state: State, clock: Callable[[], float]
) -> Live:
    """Everything live, and which recorded objects are gone; as `walking` and `Walks.live`."""
    with walking(api, kinds, owners, clock) as walks:
        return walks.live(state)


def _walk(kind: Kind, api: Api, owners: Owners) -> Iterator[Observed]:
    """What a kind finds, all asked for; what it is made into is left to whoever waits for it.

    Threads that compute beside each other take longer than one that does it all.
    """
    found = iter(kind.observe(api, owners))
    return chain([*islice(found, 1)], found)
