"""Finish what a crash, a lost reply or a stall left open, before anything is planned.

Every pending create is settled by evidence alone: the object carries its op (or, for a file,
its name), or enough of the API's own time has passed that a complete list must show it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.core.resource import Kinds, Lifecycle, Live, Observed, Record
from reconciler.core.state import Clear, Depose, Deposed, Entry, Intent, Put, State, replay


@dataclass(frozen=True, slots=True)
class Settlement:
    """What was found out about one pending create, and the entry that records it.

    `entry` is None while it is not known yet; `wait_until` is then the API time (Unix seconds)
    at which it will be, or None where the API told no time.
    """

    intent: Intent
    entry: Entry | None
    found: Observed | None = None
    wait_until: int | None = None


def settle(state: State, live: Live, kinds: Kinds, patience: int) -> tuple[Settlement, ...]:
    """What is known now of each pending create, in the order of their ops.

    Args:
        patience: seconds after `not_after` within which a list may still lack a fresh object.
    """
    held = set(state.held)
    found: list[Settlement] = []
    for op in sorted(state.pending):
        settlement = _settle(state, state.pending[op], live, kinds, patience, held)
        if settlement.found:
            held.add(settlement.found.id)
        found.append(settlement)
    return tuple(found)


def settled(state: State, settlements: tuple[Settlement, ...]) -> State:
    """The state with the settlements folded in."""
    return replay(state, [item.entry for item in settlements if item.entry])


def quiet_until(state: State, live: Live, patience: int) -> int | None:
    """Until when a state of a new lineage makes no paid create, in API time.

    A state that knows nothing although its owner has live objects was lost; what it made just
    before may not be listed yet. An owner with nothing live is new and starts at once.
    """
    if state.serial or not any(seen.marker for seen in live.objects.values()):
        return state.quiet_until
    return (live.date or 0) + patience


def _settle(
    state: State, intent: Intent, live: Live, kinds: Kinds, patience: int, held: set[str]
) -> Settlement:
    stored = kinds[intent.address.kind].lifecycle is Lifecycle.STORED
    seen = min(_finds(intent, live, stored, held), key=_age, default=None)
    if seen:
        return Settlement(intent, _found(state, intent, seen, live), found=seen)
    until = None if intent.not_after is None else intent.not_after + patience
    if until is not None and live.date is not None and live.date >= until:
        return Settlement(intent, Clear(intent.op, "a complete list lacks it"), wait_until=until)
    return Settlement(intent, None, wait_until=until)


def _finds(intent: Intent, live: Live, stored: bool, held: set[str]) -> Iterator[Observed]:
    """Live objects that this request made: a run by its op, a stored object by its name."""
    for seen in live.of(intent.address.kind):
        if (marker := seen.marker) is None:
            continue
        if marker.op == intent.op if not stored else _is_same_content(intent, seen, held):
            yield seen


def _is_same_content(intent: Intent, seen: Observed, held: set[str]) -> bool:
    marker = seen.marker
    return (
        marker is not None
        and (marker.address, marker.fingerprint) == (intent.address, intent.fingerprint)
        and seen.id not in held
    )


def _age(seen: Observed) -> tuple[int, str]:
    return seen.created_at, seen.id


def _found(state: State, intent: Intent, seen: Observed, live: Live) -> Entry:
    """Record it; where its address still holds a live object, `diff` chooses between the two."""
    holder = state.records.get(intent.address)
    if holder and holder.id in live.objects:
        return Depose(Deposed(seen.id, intent.address, seen.reads), intent.op)
    return Put(intent.address, record_of(intent, seen), intent.op)


def record_of(made: Intent, seen: Observed) -> Record:
    """The record of an object that this intent made."""
    return Record(
        id=seen.id,
        fingerprint=made.fingerprint,
        attempt=made.attempt,
        spec=made.spec,
        phase=seen.phase,
        status=seen.status,
        created_at=seen.created_at,
        expires_at=seen.expires_at,
        reads=seen.reads,
        facts={**made.facts, **seen.facts},
    )
