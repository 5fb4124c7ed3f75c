"""Which tries of a spec there have been at an address, as far as state and lists can tell."""

from typing import NamedTuple

from reconciler.core.address import Address
from reconciler.core.match import is_recorded_as
from reconciler.core.resource import Attempt, Observed, Record, Resource
from reconciler.core.view import View


class Attempted(NamedTuple):
    """An object of this very spec, and which try it was."""

    number: int
    seen: Observed


def attempts(view: View, resource: Resource) -> list[Attempted]:
    """Those at its address, or where it moved from, failed ones included."""
    origins = view.desired.origins(resource.address)
    marked = view.matches.index.attempts(resource, resource.address, *origins)
    found = {seen.id: Attempted(_number(seen), seen) for seen in marked}
    record = view.records.get(resource.address)
    if record and is_recorded_as(resource, record):
        seen = view.seen(resource.address) or _as_recorded(resource.address, record)
        found[seen.id] = Attempted(record.attempt.number, seen)
    return list(found.values())


def highest_try(view: View, resource: Resource) -> int:
    """The number of the latest; 0 where there was none."""
    return max((item.number for item in attempts(view, resource)), default=0)


def next_attempt(view: View, resource: Resource) -> Attempt:
    """The one that would be made now."""
    return Attempt(resource.generation, 1 + highest_try(view, resource))


def _as_recorded(address: Address, record: Record) -> Observed:
    """A run that the API does not show any more, as the state knew it."""
    return Observed(address.kind, record.id, record.phase, record.status, record.created_at)


def _number(seen: Observed) -> int:
    return seen.marker.attempt.number if seen.marker else 1
