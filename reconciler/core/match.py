"""Which live object each address stands for: one global assignment, each id used once.

In this order: (0) a record that matches its desired resource, (1) a live marker at the resource's
own address, (2) at the address it moved from, (3) any other live object of the owner with this
fingerprint and generation. Equals are interchangeable: the highest try, succeeded first, then the
oldest, then by id.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from reconciler.core.address import Address
from reconciler.core.resource import Live, Observed, Phase, Record, Resource

Key = tuple[Address, str, int]


@dataclass(frozen=True, slots=True)
class Match:
    """The object that an address stands for; `is_recorded` when the state knew it already."""

    seen: Observed
    is_recorded: bool = False


@dataclass(frozen=True, slots=True)
class Matches:
    """The assignment, and every live object of the owner by (address, fingerprint, generation)."""

    chosen: Mapping[Address, Match]
    used: frozenset[str]
    marked: Mapping[Key, list[Observed]]

    def attempts(self, resource: Resource, *addresses: Address | None) -> list[Observed]:
        """Live runs of this very spec and generation at these addresses, failed ones included."""
        at = [address for address in addresses if address]
        return [seen for address in at for seen in self.marked.get(_key(resource, address), ())]


def is_standing(seen: Observed) -> bool:
    """Whether an object can stand for an address: active or unknown, or ready and usable."""
    return seen.phase is not Phase.FAILED and seen.is_usable


def is_recorded_as(resource: Resource, record: Record | None) -> bool:
    """Whether the record is of this very spec and generation."""
    return (
        record is not None
        and record.fingerprint == resource.fingerprint
        and record.attempt.generation == resource.generation
    )


def match(
    resources: Mapping[Address, Resource],
    records: Mapping[Address, Record],
    live: Live,
    moved: Mapping[Address, Address],
) -> Matches:
    """The assignment for these resources; records have had their moves already."""
    chosen: dict[Address, Match] = {}
    for address, resource in resources.items():
        if seen := _recorded(resource, records.get(address), live):
            chosen[address] = Match(seen, is_recorded=True)
    used = {item.seen.id for item in chosen.values()}
    marked = _marked(live)
    missing = [resources[address] for address in sorted(resources) if address not in chosen]
    for candidates in _tiers(marked, moved):
        for resource in missing:
            if resource.address in chosen or resource.import_id:
                continue
            if best := _best(candidates(resource), used):
                chosen[resource.address] = Match(best)
                used.add(best.id)
    return Matches(chosen, frozenset(used), marked)


def _recorded(resource: Resource, record: Record | None, live: Live) -> Observed | None:
    if resource.import_id:
        return live.objects.get(resource.import_id)
    if record is None or not is_recorded_as(resource, record):
        return None
    seen = live.objects.get(record.id)
    return seen if seen and is_standing(seen) else None


def _marked(live: Live) -> dict[Key, list[Observed]]:
    index: dict[Key, list[Observed]] = defaultdict(list)
    for seen in live.objects.values():
        if marker := seen.marker:
            key = (marker.address, marker.fingerprint, marker.attempt.generation)
            index[key].append(seen)
    return index


def _key(resource: Resource, address: Address) -> Key:
    return address, resource.fingerprint, resource.generation


def _tiers(
    marked: Mapping[Key, list[Observed]], moved: Mapping[Address, Address]
) -> Iterable[Callable[[Resource], Iterable[Observed]]]:
    anywhere: dict[tuple[str, str, int], list[Observed]] = defaultdict(list)
    for (address, fingerprint, generation), objects in marked.items():
        anywhere[address.kind, fingerprint, generation] += objects
    yield lambda want: marked.get(_key(want, want.address), ())
    yield lambda want: marked.get(_key(want, moved.get(want.address, want.address)), ())
    yield lambda want: anywhere.get((want.address.kind, want.fingerprint, want.generation), ())


def _best(candidates: Iterable[Observed], used: set[str]) -> Observed | None:
    standing = [seen for seen in candidates if seen.id not in used and is_standing(seen)]
    return min(standing, key=preference, default=None)


def preference(seen: Observed) -> tuple[int, bool, int, str]:
    """Sort key among equals: highest try, succeeded, oldest, id."""
    number = seen.marker.attempt.number if seen.marker else 0
    return -number, seen.phase is not Phase.READY, seen.created_at, seen.id
