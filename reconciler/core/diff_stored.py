"""What becomes of a desired stored object (a file): free to make, needed only while it is read.

Live with our marker                                   ADOPT, or nothing
Other content, the old one is live                     REPLACE
Missing, and a run that this plan makes reads it,
or no declared run reads it and it did not expire, or
its content is new                                     CREATE
Missing otherwise                                      nothing: its job exists
"""

from collections.abc import Iterator
from typing import NamedTuple

from reconciler.core.address import Address
from reconciler.core.adopt import adopted, displaces, imported, renamed
from reconciler.core.anew import ASKED
from reconciler.core.attempts import next_attempt
from reconciler.core.drift import loss, noted_loss
from reconciler.core.fields import field_changes
from reconciler.core.match import is_recorded_as
from reconciler.core.plan import Action, Change, Detail, Outside
from reconciler.core.resource import Record, Resource
from reconciler.core.view import Item, View, refresh
from reconciler.core.words import change


class Use(NamedTuple):
    """Who reads stored objects: `declared` by any run, `wanted` by a run that this plan makes."""

    declared: frozenset[Address]
    wanted: frozenset[Address]


def diff_stored(view: View, resource: Resource, use: Use) -> Iterator[Item]:
    """Everything to do, say and record about one desired stored object."""
    address = resource.address
    match = view.matches.chosen.get(address)
    if resource.import_id:
        yield from imported(view, resource)
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
    return Change(
        Action.REPLACE,
        resource.address,
        _why_replaced(view, resource, record),
        id=record.id,
        details=_details(resource, record),
        resource=resource,
        attempt=next_attempt(view, resource),
        depose=True,
        moved_from=view.moves.get(resource.address),
    )


def _why_replaced(view: View, resource: Resource, record: Record) -> str:
    """`content changed`, or what else makes it another object."""
    if resource.address in view.anew:
        return f"{ASKED}: uploaded again"
    if record.fingerprint == resource.fingerprint:
        return f"{record.id} is {view.live.objects[record.id].status}"
    fields = [item.field for item in field_changes(record.spec, resource.spec)]
    return "content changed" if "sha256" in fields or not fields else f"{fields[-1]} changed"


def _missing(view: View, resource: Resource, use: Use) -> Iterator[Item]:
    """Nothing live stands for it: made only if something needs it."""
    address = resource.address
    record = view.records.get(address)
    lost = loss(view, record)
    is_edited = record is not None and not is_recorded_as(resource, record)
    is_over = lost is not None and lost[0] is Outside.EXPIRED and not is_edited
    if address in use.wanted or (address not in use.declared and not is_over):
        new = f"new: {resource.summary}"
        reason = f"{lost[1]}, and {_why_needed(use, address, is_edited=is_edited)}" if lost else new
        yield Change(
            Action.CREATE,
            address,
            reason,
            id=record.id if record else "",
            details=_details(resource, record) if record else (),
            resource=resource,
            moved_from=view.moves.get(address),
        )
    else:
        yield from noted_loss(view, address)


def _why_needed(use: Use, address: Address, *, is_edited: bool) -> str:
    if address in use.wanted:
        return "a job to be made reads it"
    return "its content changed" if is_edited else "no job of this manifest reads it"


def _details(resource: Resource, record: Record) -> tuple[Detail, ...]:
    """What a reviewer wants to know of new content: rows and digest; and another purpose."""
    rows = record.facts.get("rows"), resource.facts.get("rows")
    differ = [item for item in field_changes(record.spec, resource.spec) if item.field != "bytes"]
    lines = [Detail(item.field, *change(item.before, item.after)) for item in differ]
    if None not in rows and rows[0] != rows[1]:
        lines.insert(0, Detail("rows", f"{rows[0]:,}", f"{rows[1]:,}"))
    return tuple(lines)
