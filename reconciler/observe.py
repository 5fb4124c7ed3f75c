"""live = observe(api, kinds): one complete look at the API.

It costs ⌈files/page⌉ + ⌈jobs/page⌉ + 1 requests (models), and one GET for each recorded id that
no list shows, whatever the number of resources.
"""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from reconciler.core.owner import Owners
from reconciler.core.resource import Live, Observed
from reconciler.core.state import State
from reconciler.errors import NotFound
from reconciler.kinds.kind import Api, Kind

SIDE_BY_SIDE = 8
"""So many requests at once, at the most, when recorded ids are looked up one by one."""


def observe(api: Api, kinds: Mapping[str, Kind], owners: Owners, state: State) -> Live:
    """Everything live, and which recorded objects are gone.

    Raises:
        ApiError: the endpoint did not answer as the API does; nothing follows from that.
        Unsettled: a list is odd, so it proves nothing.
    """
    with _side_by_side() as pool:
        walks = [pool.submit(_walk, kind, api, owners) for kind in kinds.values()]
        objects = {seen.id: seen for walk in walks for seen in walk.result()}
        missing = [(id_, kinds[a.kind]) for id_, a in state.held.items() if id_ not in objects]
        looks = pool.map(lambda pair: _look(pair[1], api, pair[0], owners), missing)
        found = {id_: seen for (id_, _), seen in zip(missing, looks, strict=True)}
    objects |= {id_: seen for id_, seen in found.items() if seen}
    gone = frozenset(id_ for id_, seen in found.items() if seen is None)
    return Live(objects, gone, api.now())


@contextmanager
def _side_by_side() -> Iterator[ThreadPoolExecutor]:
    """Threads that are waited for, but not by whoever interrupts: nobody reads the answers."""
    pool, waits = ThreadPoolExecutor(SIDE_BY_SIDE), True
    try:
        yield pool
    except KeyboardInterrupt:
        waits = False
        raise
    finally:
        pool.shutdown(wait=waits, cancel_futures=True)


def _walk(kind: Kind, api: Api, owners: Owners) -> Iterable[Observed]:
    return list(kind.observe(api, owners))


def _look(kind: Kind, api: Api, id_: str, owners: Owners) -> Observed | None:
    """A recorded object that no list shows; None where the API itself says that it is gone."""
    try:
        return kind.fetch(api, id_, owners)
    except NotFound:
        return None
