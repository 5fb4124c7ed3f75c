"""What is live and not of this owner: nothing here plans anything for it."""

from collections.abc import Iterator

from reconciler.core.resource import Live, Observed
from reconciler.core.state import State


def strangers(state: State, live: Live) -> list[Observed]:
    """Every live object that is not ours, the oldest first.

    Ours is what has our marker, what a record stands for (imported ones, too), and the files that
    our jobs left as their results. Where a server drops markers, ours is only what is recorded.
    """
    ours = {*state.held, *(seen.id for seen in live.objects.values() if seen.marker)}
    ours |= {id_ for seen in live.objects.values() if seen.id in ours for id_ in _results(seen)}
    found = (seen for seen in live.objects.values() if seen.id not in ours)
    return sorted(found, key=lambda seen: (seen.created_at, seen.id))


def _results(seen: Observed) -> Iterator[str]:
    told = seen.body.get("result_files")
    yield from (str(id_) for id_ in told) if isinstance(told, list) else ()
