"""Rules that hold for every kind: adopting, importing, and what a second live object means."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from reconciler.core.address import Address
from reconciler.core.drift import noted_loss
from reconciler.core.match import is_recorded_as, is_standing
from reconciler.core.plan import Action, Change, Detail, Finding, Severity
from reconciler.core.resource import MODEL, Lifecycle, Observed, Phase, Resource
from reconciler.core.view import Item, View, is_active, refresh, refreshed
from reconciler.core.words import day


def adopted(view: View, resource: Resource, seen: Observed) -> Iterator[Item]:
    """Record a live object that is this very resource, instead of paying for another."""
    address = resource.address
    displaced = displaces(view, address, seen.id)
    yield Change(
        Action.ADOPT,
        address,
        _why_adopted(view, resource, seen),
        id=seen.id,
        details=_model(seen),
        resource=resource,
        record=refreshed(resource, seen, view.records.get(address)),
        depose=displaced is not None,
        moved_from=view.moves.get(address),
    )
    if displaced:
        yield from tail(view, address, displaced)


def renamed(view: View, resource: Resource, seen: Observed) -> Iterator[Item]:
    """A record that `moved` took to another address."""
    source = view.moves[resource.address]
    yield Change(
        Action.ADOPT,
        resource.address,
        f"renamed from {source}",
        id=seen.id,
        resource=resource,
        record=refreshed(resource, seen, view.records.get(resource.address)),
        moved_from=source,
    )


def ambiguous(address: Address, rivals: Sequence[str]) -> Finding:
    """Several live runs look like this one; a guess could adopt somebody else's, or pay twice."""
    rivals = sorted(rivals)
    return Finding(
        Severity.UNSETTLED,
        address,
        f"{len(rivals)} live {address.kind} match {address}; which one is ours is unknown",
        where=", ".join(rivals[:5]),
        why="the endpoint does not keep metadata, and spec and files are equal",
        cure=f"say which in the manifest: import: [{{to: {address}, id: {rivals[0]}}}]",
    )


def imported(view: View, resource: Resource) -> Iterator[Item]:
    """The object that the manifest binds to this address by its id."""
    address, seen = resource.address, view.live.objects.get(str(resource.import_id))
    record = view.records.get(address)
    if address in view.unbound:
        yield view.unbound[address]
    elif seen is None:
        yield from noted_loss(view, address)
    elif record and record.id == seen.id:
        yield from refresh(resource, seen, record)
    else:
        displaced = displaces(view, address, seen.id)
        yield Change(
            Action.ADOPT,
            address,
            f"imported: {seen.id}",
            id=seen.id,
            resource=resource,
            record=refreshed(resource, seen, record),
            depose=displaced is not None,
        )
        if displaced:
            yield from tail(view, address, displaced)


def displaces(view: View, address: Address, id_: str) -> Observed | None:
    """The live object that this address gives up for `id_` and that the state still has to hold.

    It is to be retired, or it stands for another address, which takes it over when it can, or no
    list shows it yet: should it be wanted again, only the state could tell that it was made.
    """
    seen = view.seen(address)
    if seen is None or seen.id == id_ or view.is_borrowed(view.records[address]):
        return None
    is_stored = view.lifecycle(address) is Lifecycle.STORED
    is_needed = not view.is_free(seen.id) or seen.id in view.live.unlisted
    return seen if is_stored or is_active(seen) or is_needed else None


def tail(view: View, address: Address, old: Observed, *, leads: bool = False) -> Iterator[Change]:
    """Retire a run that its address gives up, once the change of that address is done.

    Stored objects are retired later, when it is known which readers are left.

    Args:
        leads: retire it before that change instead.
    """
    if view.is_run(address) and view.is_free(old.id) and is_active(old):
        why = "cancelled first" if leads else "replaced"
        yield replace(cancel(address, old, why, follows=address), leads=leads)


def cancel(address: Address, old: Observed, why: str, follows: Address | None = None) -> Change:
    """Cancel a run, or wait where its status is not known: nothing destructive on a guess."""
    if old.phase is Phase.UNKNOWN:
        why = unknown_status(old.id, old.status)
        return Change(
            Action.WAITING, address, why, id=old.id, follows=follows, awaits=Action.CANCEL
        )
    reason = f"{why}: {old.id} is {old.status}; what it has trained is lost"
    return Change(Action.CANCEL, address, reason, id=old.id, follows=follows)


def unknown_status(id_: str, status: str) -> str:
    """Why an object is left alone whose status means nothing that is known."""
    said = f'status "{status}" of {id_} is not known' if status else f"{id_} tells no status"
    return f"{said}; nothing destructive is planned"


def _why_adopted(view: View, resource: Resource, seen: Observed) -> str:
    source = seen.marker.address if seen.marker else resource.address
    if source != resource.address and source not in view.desired.resources:
        return f"renamed from {source}: {seen.id}"
    if not view.is_run(resource.address) or resource.address not in view.records:
        return _how_known(view, resource.address, seen.id)
    is_ready = seen.phase is Phase.READY
    what = (
        f"trained: {seen.id}, {day(seen.created_at)}" if is_ready else f"{seen.status}: {seen.id}"
    )
    return f"already {what}{_than_recorded(view, resource, seen)}"


def _how_known(view: View, address: Address, id_: str) -> str:
    """Where the state has it, of what it does not record at this address."""
    place = view.held.get(id_, address)
    if id_ in view.state.deposed:
        return f"replaced before and still there: {id_}"
    if place != address:
        return f"recorded as {place} until now: {id_}"
    return "ours by its marker; the state did not know it"


def _than_recorded(view: View, resource: Resource, seen: Observed) -> str:
    """Why what is recorded gives way, though it still stands."""
    record, old = view.records[resource.address], view.seen(resource.address)
    number = seen.marker.attempt.number if seen.marker else 0
    is_same = is_recorded_as(resource, record) and number > record.attempt.number
    if old is None or not is_same or not is_standing(old):
        return ""
    return f"; try {number}, later than {old.id}, which the state knows"


def _model(seen: Observed) -> tuple[Detail, ...]:
    model = str(seen.facts.get(MODEL, ""))
    return (Detail("model", after=model),) if model else ()
