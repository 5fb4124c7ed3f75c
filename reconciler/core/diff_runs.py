"""What becomes of a desired run (a job): paid once, never again by accident.

1  recorded, same spec and generation, standing           nothing; the record is kept up to date
2  recorded, not listed and 404: unfinished               unsettled, never created
                                 finished                 nothing
3  another standing object of this very spec              ADOPT
4  only failed ones                                       CREATE the next try, or a standing failure
5  none                                                   CREATE, or REPLACE what was recorded
6  a pending create of this spec, or at this address      WAITING
7  it reads the model of a run that is not ready yet      WAITING
8  a person asked for another one (`--replace`)           REPLACE, the next try
"""

from collections.abc import Iterator

from msgspec.structs import replace

from reconciler.core.address import Address
from reconciler.core.adopt import (
    adopted,
    ambiguous,
    displaces,
    imported,
    renamed,
    tail,
    unknown_status,
)
from reconciler.core.anew import ASKED, ASKED_AGAIN, is_tried_again
from reconciler.core.attempts import Attempted, attempts, next_attempt
from reconciler.core.drift import noted_loss
from reconciler.core.entries import Entry
from reconciler.core.failures import standing_failure
from reconciler.core.lookalikes import lookalikes
from reconciler.core.match import is_recorded_as, is_standing
from reconciler.core.plan import Action, Change, Detail, Finding, Severity
from reconciler.core.reasons import left_behind, replaced, told_why, tries, why_made
from reconciler.core.resource import REASON, Attempt, Observed, Phase, Record, Resource
from reconciler.core.view import Item, View, refresh
from reconciler.core.words import clock


def diff_run(view: View, resource: Resource) -> Iterator[Item]:
    """Everything to do, say and record about one desired run."""
    address = resource.address
    match = view.matches.chosen.get(address)
    record = view.records.get(address)
    if resource.import_id:
        yield from imported(view, resource)
        yield from _as_imported(view, resource, resource.import_id)
    elif match and match.is_recorded:
        yield from _as_recorded(view, resource, match.seen)
        yield from _held_back(view, resource, match.seen)
    elif address in view.pending_at:
        yield _unsettled(view, address, address, view.pending_at[address].attempt)
    elif record and record.id in view.live.gone and not record.phase.is_terminal:
        yield _vanished(address, record)
    elif match:
        yield from _found(view, resource, match.seen)
    else:
        yield from _not_standing(view, resource, record)


def _as_recorded(view: View, resource: Resource, seen: Observed) -> Iterator[Item]:
    if resource.address in view.moves:
        yield from renamed(view, resource, seen)
    else:
        yield from refresh(resource, seen, view.records.get(resource.address))


def _found(view: View, resource: Resource, seen: Observed) -> Iterator[Item]:
    yield from adopted(view, resource, seen)
    yield from _held_back(view, resource, seen)


def _as_imported(view: View, resource: Resource, id_: str) -> Iterator[Item]:
    """What holds for any run holds for one that is bound by its id, once it may stand there."""
    seen = view.live.objects.get(id_)
    if seen is None or resource.address in view.unbound:
        return
    if is_standing(seen):
        yield from _held_back(view, resource, seen)
    else:
        number = seen.marker.attempt.number if seen.marker else 1
        yield standing_failure(view, resource, seen, number)


def _held_back(view: View, resource: Resource, seen: Observed) -> Iterator[Item]:
    """Pause a run that the manifest pauses, and let go on one that it does not."""
    if seen.phase is not Phase.IN_PROGRESS or resource.paused == seen.is_paused:
        return
    if owner := view.owner_of(seen.id):
        yield Finding(
            Severity.NOTE,
            resource.address,
            f"{resource.address} is left as it is: {seen.id} is {seen.status}",
            why=f"it is of another owner: {owner}, which alone pauses it, or lets it go on",
        )
    elif resource.paused:
        reason = f"the manifest pauses it: {seen.id} is {seen.status}"
        yield Change(Action.PAUSE, resource.address, reason, id=seen.id)
    else:
        reason = f"the manifest does not pause it: {seen.id} is {seen.status}"
        yield Change(Action.RESUME, resource.address, reason, id=seen.id)


def _unsettled(view: View, address: Address, pending: Address, attempt: Attempt) -> Change:
    return _awaited(view, address, f"{pending} is unsettled: it may have been made", attempt)


def _awaited(
    view: View, address: Address, why: str, attempt: Attempt, resource: Resource | None = None
) -> Change:
    """A run that is made later, by itself, if it then is still missing."""
    goal = Action.REPLACE if address in view.anew else Action.CREATE
    return Change(Action.WAITING, address, why, resource=resource, attempt=attempt, awaits=goal)


def _vanished(address: Address, record: Record) -> Finding:
    return Finding(
        Severity.UNSETTLED,
        address,
        f"{address} is unsettled: {record.id} is gone (404) and had not ended",
        why=f"its last known status is {record.status}; creating it again could pay twice",
        cure=f"check the key, project and organisation; if it is really gone: "
        f"reconciler state forget {address.typed}",
    )


def _not_standing(view: View, resource: Resource, record: Record | None) -> Iterator[Item]:
    """Nothing stands for it: history, a failure, or something to make."""
    if resource.address in view.anew:
        yield from _made(view, resource, f"{ASKED}: trains again")
    elif _is_history(view, resource, record):
        yield from noted_loss(view, resource.address)
    elif failures := _failures(view, resource):
        yield from _after_failure(view, resource, failures)
    elif alike := lookalikes(view, resource):
        yield from _adopted_alike(view, resource, alike)
    else:
        yield from _made(view, resource)


def _is_history(view: View, resource: Resource, record: Record | None) -> bool:
    """Whether its run had finished, and the API shows it no more."""
    if record is None or not is_recorded_as(resource, record):
        return False
    return record.id in view.live.gone and record.phase is Phase.READY


def _adopted_alike(view: View, resource: Resource, alike: list[Observed]) -> Iterator[Item]:
    if len(alike) == 1:
        yield from _found(view, resource, alike[0])
    else:
        yield Change(Action.WAITING, resource.address, "several live runs look like it")
        yield ambiguous(resource.address, [seen.id for seen in alike])


def _failures(view: View, resource: Resource) -> list[Attempted]:
    """Attempts of this very spec at this address, or where it moved from; none stands."""
    found = attempts(view, resource)
    return sorted((item for item in found if view.is_free(item.seen.id)), key=_rank)


def _rank(item: Attempted) -> tuple[int, int, str]:
    """By try, then age, then id: the last one is the one that counts."""
    return item.number, item.seen.created_at, item.seen.id


def _after_failure(view: View, resource: Resource, failures: list[Attempted]) -> Iterator[Item]:
    number, last = failures[-1].number, failures[-1].seen
    left = resource.retry.max - (number - 1)
    code = last.error_code or last.status
    ended = f"{last.status} ({last.error_code})" if last.error_code else last.status
    is_allowed = left > 0 and (not resource.retry.on or code in resource.retry.on)
    has_failed = all(item.seen.phase is Phase.FAILED for item in failures)
    if has_failed and is_tried_again(view, resource):
        resource = replace(resource, facts={**resource.facts, REASON: view.desired.why})
        yield from _made(view, resource, f"try {number + 1}, {ASKED_AGAIN}: {last.id} {ended}")
    elif has_failed and is_allowed:
        yield from _made(view, resource, f"try {number + 1}: {last.id} {ended}")
    else:
        yield standing_failure(view, resource, last, number)
        yield from _ended(view, resource)


def _ended(view: View, resource: Resource) -> Iterator[Entry]:
    """Record how it ended: else the state would call it running for ever."""
    record, seen = view.records.get(resource.address), view.seen(resource.address)
    if seen and is_recorded_as(resource, record):
        yield from refresh(resource, seen, record)


def _made(view: View, resource: Resource, reason: str = "") -> Iterator[Item]:
    """CREATE or REPLACE; or wait while something unknown may be what would be paid for again."""
    address, attempt = resource.address, next_attempt(view, resource)
    record = view.records.get(address)
    key = (address.kind, resource.fingerprint, resource.generation)
    if intent := view.pending_specs.get(key):
        yield _unsettled(view, address, intent.address, attempt)
    elif view.is_quiet:
        yield _awaited(view, address, "the state was lost, and lists may lag", attempt)
        yield _quiet(view, address)
    elif resource.paused:
        why = "not made while `paused: true`"
        yield Change(Action.WAITING, address, why, resource=resource)
    elif source := next((ref for ref in resource.refs.values() if ref in view.unbound), None):
        yield Change(Action.WAITING, address, f"needs {source}, whose import is refused")
    elif sources := unready(view, resource):
        then = "trains again" if record else "trains"
        why = f"needs the model of {sources[0]}, then {then}"
        yield _awaited(view, address, why, attempt, resource)
    else:
        yield from _made_now(view, resource, reason, attempt)


def _made_now(view: View, resource: Resource, reason: str, attempt: Attempt) -> Iterator[Change]:
    """The new run, and the end of the one that it replaces: after it, or before it if asked."""
    address = resource.address
    old = displaces(view, address, "")
    leads = address in view.desired.cancelled_first
    if old and leads and old.phase is Phase.UNKNOWN and view.is_free(old.id):
        yield Change(Action.WAITING, address, unknown_status(old.id, old.status), id=old.id)
        return
    yield _creation(view, resource, reason, attempt, depose=old is not None)
    if old:
        yield from tail(view, address, old, leads=leads)


def unready(view: View, resource: Resource) -> list[Address]:
    """The runs whose models it needs and that are not there yet."""
    runs = (ref for ref in resource.refs.values() if view.is_run(ref))
    return [ref for ref in runs if not _is_ready(view, ref)]


def _is_ready(view: View, address: Address) -> bool:
    match = view.matches.chosen.get(address)
    return match is not None and match.seen.phase is Phase.READY


def _creation(
    view: View, resource: Resource, reason: str, attempt: Attempt, *, depose: bool
) -> Change:
    record = view.records.get(resource.address)
    is_anew = resource.address in view.anew
    old = record if is_anew or not is_recorded_as(resource, record) else None
    return Change(
        Action.REPLACE if old else Action.CREATE,
        resource.address,
        reason or why_made(resource, old),
        id=record.id if record else "",
        details=(
            *_what_differs(view, resource, old, attempt),
            *tries(resource, attempt),
            *told_why(resource),
        ),
        resource=resource,
        attempt=attempt,
        depose=depose,
        moved_from=view.moves.get(resource.address),
    )


def _what_differs(
    view: View, resource: Resource, old: Record | None, attempt: Attempt
) -> Iterator[Detail]:
    if source := view.moves.get(resource.address):
        yield Detail("renamed", str(source), str(resource.address))
    if old and resource.address in view.anew:
        yield Detail("try", str(old.attempt.number), str(attempt.number), forces=True)
    if old:
        yield from replaced(resource, old, _left(view, resource.address, old))


def _left(view: View, address: Address, old: Record) -> str:
    if view.is_borrowed(old):
        return f"{old.id} stays as it is: it was imported"
    leads, is_free = address in view.desired.cancelled_first, view.is_free(old.id)
    return left_behind(old, view.seen(address), is_free=is_free, leads=leads)


def _quiet(view: View, address: Address) -> Finding:
    """Why new runs wait after a state was lost."""
    until = clock(view.state.quiet_until or 0)
    return Finding(
        Severity.UNSETTLED,
        address,
        "the state was lost: what it paid for last may not be listed yet",
        why=f"objects of {view.state.owner} are live, and lists may lag until {until}",
        cure=f"run the same command again from {until} on; what is found is adopted for nothing",
    )
