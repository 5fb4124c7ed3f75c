"""What becomes of what is not desired: records without a declaration, and deposed objects.

A stored object is DELETEd, and WAITs while something reads it. A run is CANCELled in any status
that is not an end, and FORGOTTEN once finished: it stays at the API as history.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from msgspec.structs import replace

from reconciler.core.address import Address
from reconciler.core.adopt import cancel, unknown_status
from reconciler.core.entries import Deposed, Gone
from reconciler.core.plan import Action, Change, Finding, Severity
from reconciler.core.resource import Lifecycle, Phase, Record
from reconciler.core.twins import twins
from reconciler.core.view import Item, View, is_active


class Readers(NamedTuple):
    """What keeps stored objects from being deleted, as far as lists can tell.

    Attributes:
        known: id of a stored object → the readers that forbid its delete.
        held: ids of stored objects with a reader that does not end by itself.
        odd: id of a stored object → its status, where nobody knows what that means.
        is_quiet: the state was lost, so there may be readers that no list shows yet.
    """

    known: Mapping[str, Sequence[str]]
    held: frozenset[str]
    odd: Mapping[str, str]
    is_quiet: bool

    def forbid(self, id_: str) -> str:
        """Why this id may not be deleted now; empty where it may."""
        if names := self.known.get(id_):
            return f"{id_} is still read by {', '.join(names[:3])}"
        if id_ in self.odd:
            return unknown_status(id_, self.odd[id_])
        if self.is_quiet:
            return f"the state was lost: a job that no list shows yet may read {id_}"
        return ""


def readers(view: View, ending: AbstractSet[str]) -> Readers:
    """Every reader that is not known to have ended.

    A listed run of anyone, a recorded or deposed run that no GET showed ended, a pending create.

    Args:
        ending: ids of runs that this plan cancels: they end before anything is deleted.
    """
    found: dict[str, list[str]] = defaultdict(list)
    held: set[str] = set()
    for one in _readings(view, ending):
        for id_ in one.reads:
            found[id_].append(one.reader)
        held |= set(one.reads) if one.is_held else set()
    objects = view.live.objects.values()
    odd = {seen.id: seen.status for seen in objects if seen.phase is Phase.UNKNOWN}
    return Readers(found, frozenset(held), odd, view.is_quiet)


class _Reading(NamedTuple):
    """What one reader reads, and whether it stands still until a person does something."""

    reads: tuple[str, ...]
    reader: str
    is_held: bool = False


def _readings(view: View, ending: AbstractSet[str]) -> Iterator[_Reading]:
    for seen in view.live.objects.values():
        if seen.reads and is_active(seen) and seen.id not in ending:
            yield _Reading(seen.reads, seen.id, seen.is_paused)
    for record in view.records.values():
        if record.id in view.live.gone and not record.phase.is_terminal:
            yield _Reading(record.reads, record.id, is_held=True)
    for old in view.state.deposed.values():
        if old.id in view.live.gone:
            yield _Reading(old.reads, old.id, is_held=True)
    for intent in view.state.pending.values():
        yield _Reading(intent.reads, f"{intent.address}, which is unsettled")


def removed_runs(view: View) -> Iterator[Item]:
    """Runs that are recorded and no longer declared, and runs that were replaced."""
    for address, record in view.undeclared:
        if view.is_run(address):
            yield from _removed_run(view, address, record)
    for old in _deposed(view):
        if view.is_run(old.address):
            yield from _deposed_run(view, old)
    for twin in twins(view, Lifecycle.RUN):
        yield cancel(twin.address, twin.seen, twin.why)


def removed_stored(view: View, blocked: Readers, replaced: Mapping[str, Address]) -> Iterator[Item]:
    """The same for stored objects, and what this very plan replaces.

    Args:
        replaced: id → address of the change of this plan that displaces it.
    """
    for address, record in view.undeclared:
        if not view.is_run(address):
            yield from _removed_stored(view, blocked, address, record)
    for old in _deposed(view):
        if not view.is_run(old.address):
            yield from _deposed_stored(view, blocked, old)
    for twin in twins(view, Lifecycle.STORED):
        yield delete(blocked, twin.address, twin.seen.id, twin.why)
    for id_, address in replaced.items():
        yield delete(blocked, address, id_, f"replaced: {id_}", follows=address)


def _deposed(view: View) -> Iterator[Deposed]:
    for id_ in sorted(view.state.deposed):
        if view.is_free(id_):
            yield view.state.deposed[id_]


def _removed_run(view: View, address: Address, record: Record) -> Iterator[Item]:
    seen = view.live.objects.get(record.id)
    reason = _why_kept(view, address, record)
    if address in view.pending_at:
        why = "unsettled: it may have been made"
        yield Change(Action.WAITING, address, why, id=record.id, awaits=Action.CANCEL)
    elif seen is None and not reason and not record.phase.is_terminal:
        yield _lost(address, record.id, "is no longer declared", address.typed)
    elif seen and not reason and is_active(seen):
        yield cancel(address, seen, "no longer declared")
    elif record.id in view.live.unlisted and not record.imported:
        why = f"no list shows {record.id} yet: the state alone knows that it was made"
        forget = Change(Action.WAITING, address, why, id=record.id, awaits=Action.FORGET)
        yield replace(forget, is_kept=bool(reason))
    elif reason:
        yield _kept(address, record, reason)
    else:
        yield _forgotten(view, address, record)


def _forgotten(view: View, address: Address, record: Record) -> Change:
    reason = "finished: it stays at the API as history"
    if record.id in view.live.gone:
        reason = f"no longer declared; {record.id} is gone (404)"
    return Change(Action.FORGET, address, reason, id=record.id)


def _kept(address: Address, record: Record, reason: str) -> Change:
    return Change(Action.FORGET, address, reason, id=record.id, is_kept=True)


def _lost(address: Address, id_: str, what: str, forget: str) -> Finding:
    return Finding(
        Severity.UNSETTLED,
        address,
        f"{address} is unsettled: {id_} is gone (404) and had not ended",
        why=f"it {what}, and cannot be cancelled where it is not found",
        cure="check the key, project and organisation; if it is really gone: "
        f"reconciler state forget {forget}",
    )


def _removed_stored(
    view: View, blocked: Readers, address: Address, record: Record
) -> Iterator[Item]:
    if reason := _why_kept(view, address, record):
        yield _kept(address, record, reason)
    elif record.id in view.live.gone:
        yield _forgotten(view, address, record)
    else:
        yield delete(blocked, address, record.id, "no longer declared")


def _why_kept(view: View, address: Address, record: Record) -> str:
    keep = view.desired.removed.get(address)
    if keep:
        return "removed from the manifest; its object is kept, as `removed` says"
    if owner := view.owner_of(record.id):
        return _of_another(record.id, owner)
    if record.imported and keep is None:
        return "imported: no longer declared; its object stays"
    return ""


def _of_another(id_: str, owner: str) -> str:
    return f"{id_} is of another owner: {owner}; its object stays"


def _let_go(old: Deposed, owner: str) -> Change:
    """What was replaced and turns out to be somebody else's."""
    reason = _of_another(old.id, owner)
    return Change(Action.FORGET, old.address, reason, id=old.id, is_kept=True)


def _deposed_run(view: View, old: Deposed) -> Iterator[Item]:
    seen = view.live.objects.get(old.id)
    if owner := view.owner_of(old.id):
        yield _let_go(old, owner)
    elif seen is None:
        yield _lost(old.address, old.id, "was replaced", old.id)
    elif is_active(seen):
        yield cancel(old.address, seen, "replaced")
    elif old.id not in view.live.unlisted:
        yield Gone(old.id)


def _deposed_stored(view: View, blocked: Readers, old: Deposed) -> Iterator[Item]:
    if owner := view.owner_of(old.id):
        yield _let_go(old, owner)
    elif old.id in view.live.objects:
        yield delete(blocked, old.address, old.id, f"replaced: {old.id}")
    else:
        yield Gone(old.id)


def delete(
    blocked: Readers, address: Address, id_: str, reason: str, follows: Address | None = None
) -> Change:
    """Delete a stored object, or wait while something reads it, or may."""
    if why := blocked.forbid(id_):
        return Change(Action.WAITING, address, why, id=id_, follows=follows, awaits=Action.DELETE)
    return Change(Action.DELETE, address, reason, id=id_, follows=follows)


def ending(items: Iterable[Item]) -> frozenset[str]:
    """The ids of the runs that these changes cancel."""
    changes = (item for item in items if isinstance(item, Change))
    return frozenset(change.id for change in changes if change.action is Action.CANCEL)
