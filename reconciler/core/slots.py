"""Runs that an endpoint has no room for now: they wait, and are made once another one has ended.

How many it takes the manifest says, or its dialect, or the last refusal, for a while.
Everybody's runs count, for the endpoint counts them; so does a create in doubt. What is paused does
not run. Waiting costs nothing: what waits is in the plan, in its price and in what a yes allows.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from reconciler.core.address import Address
from reconciler.core.full import Full
from reconciler.core.plan import Action, Change, Detail, Finding, Severity
from reconciler.core.questions import Kinds
from reconciler.core.resource import Lifecycle, Live, Observed
from reconciler.core.view import Item, View, is_active
from reconciler.core.words import clock, listed


class Room(NamedTuple):
    """How many runs may still be made, why no more, and who says so; negative: too many run.

    `until` tells when that is over although none of them has ended.
    """

    free: int
    why: str
    where: str = ""
    until: str = ""


def within_limit(view: View, items: Sequence[Item]) -> list[Item]:
    """The same, with the runs that there is no room for waiting, the first addresses first.

    What a run would end after it was made stays as it is until then. A run that is to be cancelled
    first leaves its own place to its successor.
    """
    room = room_of(view)
    if room is None:
        return [*items]
    made = sorted((c for c in _changes(items) if _counts(view, c)), key=lambda c: c.address)
    leads = {c.follows for c in _changes(items) if c.leads}
    free, late = room.free, list[Address]()
    for change in made:
        if free + (change.address in leads) > 0:
            free -= change.address not in leads
        else:
            late.append(change.address)
    if not late:
        return [*items]
    told = _note(view, late, len(made) - len(late), room)
    return [*_waiting(items, frozenset(late), room.why), told]


def room_of(view: View) -> Room | None:
    """How many runs there is room for; None where no limit is known."""
    limit, full = view.desired.limit, view.state.full
    if limit is None and full is None:
        return None
    taken, rooms = len(_runs(view)) + len(view.pending_at), list[Room]()
    if limit:
        why = f"at most {limit.most} job{'s' * (limit.most != 1)} at once"
        rooms.append(Room(limit.most - taken, why, limit.where))
    if full and holds(full, view.live):
        until = f", or until {clock(full.until)}" if full.until else ""
        why = "the endpoint takes no more jobs now"
        rooms.append(Room(full.active - taken, why, full.why, until))
    return min(rooms, key=lambda room: room.free, default=None)


def holds(full: Full, live: Live) -> bool:
    """Whether what the endpoint said is still to be believed; without any clock, while runs run."""
    if full.until is None or live.date is None:
        return full.active > 0
    return live.date < full.until


def _runs(view: View) -> list[Observed]:
    return occupying(view.live, view.kinds)


def occupying(live: Live, kinds: Kinds) -> list[Observed]:
    """The live runs, anybody's, that have a place at the endpoint."""
    names = {name for name, kind in kinds.items() if kind.lifecycle is Lifecycle.RUN}
    runs = (seen for seen in live.objects.values() if seen.kind in names)
    return [seen for seen in runs if is_active(seen) and not seen.is_paused]


def _changes(items: Iterable[Item]) -> Iterator[Change]:
    return (item for item in items if isinstance(item, Change))


def _counts(view: View, change: Change) -> bool:
    return change.action.makes and change.address not in view.desired.left_out


def _waiting(items: Iterable[Item], late: frozenset[Address], why: str) -> Iterator[Item]:
    for item in items:
        if not isinstance(item, Change) or {item.address, item.follows}.isdisjoint(late):
            yield item
        elif item.action.makes:
            then = Detail("then", note=item.reason)
            yield replace(
                item,
                action=Action.WAITING,
                awaits=item.action,
                reason=why,
                details=(then, *item.details),
            )
        elif item.follows is None:
            yield item


def _note(view: View, late: list[Address], made: int, room: Room) -> Finding:
    beside = [address for address in late if _would_make_room(view, address)]
    cure = "reconciler apply --wait goes on by itself"
    if beside:
        cure += f"; --cancel-first {beside[0]} ends the run that it replaces"
    return Finding(
        Severity.NOTE,
        late[0],
        f"{listed(late)} wait{'s' * (len(late) == 1)} until another job has ended{room.until}",
        where=room.where,
        why=_taken(view, made),
        cure=cure,
    )


def _taken(view: View, made: int) -> str:
    """`running: job-1, job-9; made by this plan: 2`: who has the places."""
    running, doubts = [seen.id for seen in _runs(view)], len(view.pending_at)
    said = {
        "running": listed(running),
        "in doubt": str(doubts or ""),
        "made by this plan": str(made or ""),
    }
    return "; ".join(f"{what}: {who}" for what, who in said.items() if who)


def _would_make_room(view: View, address: Address) -> bool:
    """Whether the run that it replaces has one of the places, and nobody has given that up yet."""
    seen = view.seen(address)
    is_asked = address in view.desired.cancelled_first
    return seen in _runs(view) and not is_asked
