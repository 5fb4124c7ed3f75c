"""What becomes of a desired stored object (a file): free to make, needed only while it is read.

Live with our marker                                   ADOPT, or nothing
Other content, the old one is live                     REPLACE
Missing, and a run that this plan makes reads it,
or no declared run reads it and it did not expire      CREATE
Missing otherwise                                      nothing: its job exists
"""

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.core.address import Address
from reconciler.core.adopt import adopted, displaces, imported, renamed
from reconciler.core.plan import Action, Change, Detail, Finding, Severity
from reconciler.core.resource import Record, Resource
from reconciler.core.view import Item, View, refresh
from reconciler.core.words import day, short


@dataclass(frozen=True, slots=True)
class Use:
    """Who reads stored objects: `declared` by any run, `wanted` by a run that this plan makes."""

    declared: frozenset[Address]
    wanted: frozenset[Address]


def diff_stored(view: View, resource: Resource, use: Use) -> Iterator[Item]:
    """Everything to do, say and record about one desired stored object."""
    address = resource.address
    match = view.matches.chosen.get(address)
    if resource.import_id:
        yield from imported(view, resource, match.seen if match else None)
    elif match and match.is_recorded and address in view.moves:
        yield from renamed(view, resource, match.seen)
    elif match and match.is_recorded:
        yield from refresh(resource, match.seen, view.records.get(address))
    elif match:
        yield from adopted(view, resource, match.seen)
    elif displaces(view, address, ""):
        yield _replaced(view, resource)
    else:
        yield from _missing(view, resource, use)


def _replaced(view: View, resource: Resource) -> Change:
    record = view.records[resource.address]
    is_same = record.fingerprint == resource.fingerprint
    return Change(
        Action.REPLACE,
        resource.address,
        f"the stored object is {record.status}" if is_same else "content changed",
        id=record.id,
        details=_details(resource, record),
        resource=resource,
        depose=True,
        moved_from=view.moves.get(resource.address),
    )


def _missing(view: View, resource: Resource, use: Use) -> Iterator[Item]:
    """Nothing live stands for it: made only if something needs it."""
    address = resource.address
    record = view.records.get(address)
    lost = _loss(view, record)
    is_unread = address not in use.declared and not lost.startswith("expired")
    if address in use.wanted or is_unread:
        reason = f"{lost}; {_why_needed(use, address)}" if lost else f"new: {resource.summary}"
        yield Change(
            Action.CREATE,
            address,
            reason,
            id=record.id if record else "",
            resource=resource,
            moved_from=view.moves.get(address),
        )
    elif record and lost:
        note = "not needed: its job exists" if address in use.declared else "not made again"
        yield Finding(Severity.DRIFT, address, f"{record.id} {lost}; {note}")


def _why_needed(use: Use, address: Address) -> str:
    if address in use.wanted:
        return "a job to be made reads it"
    return "no job of this manifest reads it"


def _loss(view: View, record: Record | None) -> str:
    """How a recorded object was lost, in words; empty where nothing was."""
    if record is None or record.id not in view.live.gone:
        return ""
    if record.expires_at and view.live.date and view.live.date >= record.expires_at:
        return f"expired on {day(record.expires_at)}"
    return "is gone (404)"


def _details(resource: Resource, record: Record) -> tuple[Detail, ...]:
    """What a reviewer wants to know of new content: rows and digest."""
    rows = record.facts.get("rows"), resource.facts.get("rows")
    digests = str(record.spec.get("sha256", "")), str(resource.spec.get("sha256", ""))
    lines = []
    if None not in rows and rows[0] != rows[1]:
        lines.append(Detail("rows", f"{rows[0]:,}", f"{rows[1]:,}"))
    if digests[0] != digests[1]:
        lines.append(Detail("sha256", short(digests[0]), short(digests[1])))
    return tuple(lines)
