"""Finish what a crash, a lost reply or a stall left open, before anything is planned.

Every pending create is settled by evidence alone: the object carries its op (or, for a file,
its name), or enough of the API's own time has passed that a complete list must show it.
"""

from collections.abc import Iterator
from typing import NamedTuple, Self

from msgspec.structs import replace

from reconciler.core.address import Address
from reconciler.core.bare import is_alike
from reconciler.core.entries import Clear, Depose, Deposed, Entry, Intent, Put
from reconciler.core.partial import agrees
from reconciler.core.questions import Kinds, Questions
from reconciler.core.resource import Lifecycle, Live, Observed, Phase, Record
from reconciler.core.state import State, replay


class Settlement(NamedTuple):
    """What was found out about one pending create, and the entry that records it.

    `entry` is None while it is not known yet; `wait_until` is then the API time (Unix seconds)
    at which it will be, or None where the API told no time, and `progress` says how many seconds
    of how many have passed. `rivals` are the ids of several live runs of which any may be the one:
    a person has to say.
    """

    intent: Intent
    entry: Entry | None
    found: Observed | None = None
    wait_until: int | None = None
    progress: tuple[int, int] = (0, 0)
    rivals: tuple[str, ...] = ()


def settle(state: State, live: Live, kinds: Kinds, patience: int) -> tuple[Settlement, ...]:
    """What is known now of each pending create, in the order of their ops.

    Args:
        patience: seconds after `not_after` within which a list may still lack a fresh object.
    """
    if not state.pending:
        return ()
    taken = _Taken(set(state.held), _places(state, live))
    return tuple(
        _settle(state.pending[op], live, kinds, patience, taken) for op in sorted(state.pending)
    )


def settled(state: State, settlements: tuple[Settlement, ...]) -> State:
    """The state with the settlements folded in."""
    return replay(state, [item.entry for item in settlements if item.entry])


def quiet_until(state: State, live: Live, patience: int) -> int | None:
    """Until when a state of a new lineage makes no paid create, in API time.

    A state that knows nothing although its owner has live objects was lost; what it made just
    before may not be listed yet. An owner with nothing live is new and starts at once, and so does
    one whose lists show at once (`patience` 0).
    """
    if state.serial or not patience or not any(seen.marker for seen in live.objects.values()):
        return state.quiet_until
    return (live.date or 0) + patience


class _Spec(NamedTuple):
    """What an object is of; the try counts only between equals."""

    fingerprint: str = ""
    generation: int = 0
    number: int = 0

    def is_of(self, other: Self) -> bool:
        """Whether both are the same run, as far as the manifest is concerned."""
        return self[:2] == other[:2]


class _Taken(NamedTuple):
    """What is spoken for; it grows with each find, so that two finds never share one place."""

    ids: set[str]
    places: dict[Address, _Spec]
    """Address of a live object → what it is of, if it did not fail."""


def _places(state: State, live: Live) -> dict[Address, _Spec]:
    found = {}
    for address, record in state.records.items():
        if seen := live.objects.get(record.id):
            is_standing = seen.phase is not Phase.FAILED
            found[address] = _spec_of(record) if is_standing else _Spec()
    return found


def _spec_of(of: Record | Intent) -> _Spec:
    return _Spec(of.fingerprint, *of.attempt)


def _settle(intent: Intent, live: Live, kinds: Kinds, patience: int, taken: _Taken) -> Settlement:
    finds = sorted(_finds(intent, live, taken.ids, kinds[intent.address.kind]), key=_age)
    if len(finds) > 1 and finds[0].is_bare:
        return Settlement(intent, None, rivals=tuple(seen.id for seen in finds))
    seen = finds[0] if finds else None
    until = None if intent.not_after is None else intent.not_after + patience
    entry: Entry | None = None
    if seen:
        entry = _found(intent, seen, taken)
    elif live.is_past(intent.not_after, patience):
        entry = Clear(intent.op, "a complete list lacks it")
    return Settlement(intent, entry, seen, until, _progress(intent, live, patience))


def _progress(intent: Intent, live: Live, patience: int) -> tuple[int, int]:
    """Since the request where the API tells the time, else since this apply began to look."""
    if intent.begun is None or intent.not_after is None or live.date is None:
        return live.waited, patience
    return max(live.date - intent.begun, 0), intent.not_after - intent.begun + patience


def _finds(intent: Intent, live: Live, held: set[str], kind: Questions) -> Iterator[Observed]:
    """Live objects that this request made."""
    for seen in live.of(intent.address.kind):
        if seen.id not in held and is_made_by(intent, seen, kind):
            yield seen


def is_made_by(intent: Intent, seen: Observed, kind: Questions) -> bool:
    """Whether this request made this object: a run by its op, a stored object by its name.

    A run that shows no metadata at all is known by its whole spec and what it reads.
    """
    is_run = kind.lifecycle is Lifecycle.RUN
    # An age that is not told (0) proves nothing: what is overlooked here would be paid for twice.
    is_older = intent.begun is not None and 0 < seen.created_at < intent.begun
    if (marker := seen.marker) is None:
        is_new = is_run and not is_older
        return is_new and is_alike(intent.spec, intent.reads, seen, kind.resolved(seen))
    if is_run:
        return marker.op == intent.op
    is_same = marker.address == intent.address and agrees(marker.fingerprint, intent.fingerprint)
    return is_same and not is_older


def _age(seen: Observed) -> tuple[int, str]:
    return seen.created_at, seen.id


def _found(intent: Intent, seen: Observed, taken: _Taken) -> Entry:
    """Record it; where its address already has a live object, `diff` chooses between the two.

    Where two look alike and one of them was chosen (`import` says so), the other may be anybody's.
    A later try of the very spec was asked for, so that it takes the place of the one before.
    """
    place, made = taken.places.get(intent.address), _spec_of(intent)
    is_next = place is not None and place.is_of(made) and place.number < made.number
    if seen.is_bare and place and place.is_of(made) and not is_next:
        return Clear(intent.op, "its address stands on another run that is just like it")
    taken.ids.add(seen.id)
    taken.places[intent.address] = made
    if place and not is_next:
        late = Deposed(seen.id, intent.address, seen.reads, intent.fingerprint, intent.attempt)
        return Depose(late, intent.op)
    return Put(intent.address, record_of(intent, seen), intent.op, depose=is_next)


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
        protect=made.protect,
        facts={**made.facts, **seen.facts},
    )


def held_as(record: Record, seen: Observed) -> Record:
    """The record of a run that was paused or resumed, as it is seen after that."""
    return replace(record, phase=seen.phase, status=seen.status)
