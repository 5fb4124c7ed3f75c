"""Which live object each address stands for: one global assignment, each id used once.

In this order: (0) a record that matches its desired resource, (1) a live marker at the resource's
own address, or what was replaced there and shows no marker, (2) a live marker at the address it
moved from, (3) any other live object of the owner with this fingerprint and generation, (4) where
nothing is recorded, an object at the own address of which the manifest now spells out what the
server made of it. Equals are interchangeable: the highest try, succeeded first, then the oldest,
then by id.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from msgspec import Struct, field

from reconciler.core.address import Address
from reconciler.core.entries import Deposed
from reconciler.core.questions import Kinds
from reconciler.core.rebind import is_rebound, is_spelled_out
from reconciler.core.resource import NOTHING, Desired, Live, Observed, Phase, Record, Resource

Key = tuple[Address, str, int]


class Match(NamedTuple):
    """The object that an address stands for; `is_recorded` when the state knew it already."""

    seen: Observed
    is_recorded: bool = False


class Index(Struct, frozen=True, dict=True):
    """The marked live objects by what their marker says; built only where it is asked."""

    live: Live
    deposed: Mapping[str, Deposed] = field(default_factory=dict)

    @cached_property
    def given_up(self) -> Mapping[Key, list[Observed]]:
        """What was replaced and shows no marker, by what the state knows of it."""
        found: dict[Key, list[Observed]] = defaultdict(list)
        for id_, old in self.deposed.items():
            seen = self.live.objects.get(id_)
            if seen and not seen.marker and old.fingerprint:
                found[old.address, old.fingerprint, old.attempt.generation].append(seen)
        return dict(found)

    @cached_property
    def at(self) -> Mapping[Key, list[Observed]]:
        """By address, fingerprint and generation."""
        found: dict[Key, list[Observed]] = defaultdict(list)
        for seen in self.live.objects.values():
            if marker := seen.marker:
                key = (marker.address, marker.fingerprint, marker.attempt.generation)
                found[key].append(seen)
        return dict(found)

    @cached_property
    def anywhere(self) -> Mapping[tuple[str, str, int], list[Observed]]:
        """By kind, fingerprint and generation."""
        found: dict[tuple[str, str, int], list[Observed]] = defaultdict(list)
        for (address, fingerprint, generation), objects in self.at.items():
            found[address.kind, fingerprint, generation] += objects
        return dict(found)

    @cached_property
    def named(self) -> Mapping[tuple[Address, int], list[tuple[str, Observed]]]:
        """By address and generation, each with the fingerprint that its marker says."""
        found: dict[tuple[Address, int], list[tuple[str, Observed]]] = defaultdict(list)
        for (address, fingerprint, generation), objects in self.at.items():
            found[address, generation] += [(fingerprint, seen) for seen in objects]
        return dict(found)

    def attempts(self, resource: Resource, *addresses: Address) -> list[Observed]:
        """Objects of this very spec and generation at these addresses, failed ones included."""
        return [seen for address in addresses for seen in self.at.get(_key(resource, address), ())]


class Matches(Struct, frozen=True):
    """The assignment, the ids it uses, and every marked object."""

    chosen: Mapping[Address, Match]
    used: frozenset[str]
    index: Index


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
    desired: Desired,
    records: Mapping[Address, Record],
    live: Live,
    kinds: Kinds,
    deposed: Mapping[str, Deposed] = NOTHING,
) -> Matches:
    """The assignment for what is desired; records have had their moves already."""
    resources = desired.resources
    imported = {r.import_id for r in resources.values() if r.import_id}
    chosen: dict[Address, Match] = {}
    missing: list[Resource] = []
    for address, resource in resources.items():
        record = records.get(address)
        if record and record.id in imported:
            record = None
        if seen := _recorded(resource, record, live, kinds):
            chosen[address] = Match(seen, is_recorded=True)
        elif not resource.import_id:
            missing.append(resource)
    used, index = {item.seen.id for item in chosen.values()}, Index(live, deposed)
    for candidates in _tiers(index, desired, records, kinds) if missing else ():
        for resource in sorted(missing, key=lambda resource: resource.address):
            if resource.address not in chosen and (best := _best(candidates(resource), used)):
                chosen[resource.address] = Match(best)
                used.add(best.id)
    return Matches(chosen, frozenset(used), index)


def _recorded(
    resource: Resource, record: Record | None, live: Live, kinds: Kinds
) -> Observed | None:
    if resource.import_id:
        return live.objects.get(resource.import_id)
    seen = live.objects.get(record.id) if record else None
    if record is None or seen is None or not is_standing(seen):
        return None
    if is_recorded_as(resource, record) or is_rebound(resource, record, seen, kinds):
        return seen
    return None


def _key(resource: Resource, address: Address) -> Key:
    return address, resource.fingerprint, resource.generation


def _tiers(
    index: Index, desired: Desired, records: Mapping[Address, Record], kinds: Kinds
) -> Iterator[Callable[[Resource], Iterable[Observed]]]:
    yield lambda want: index.attempts(want, want.address)
    yield lambda want: index.given_up.get(_key(want, want.address), ())
    yield lambda want: index.attempts(want, *desired.origins(want.address))
    yield lambda want: index.anywhere.get(
        (want.address.kind, want.fingerprint, want.generation), ()
    )
    yield lambda want: () if want.address in records else _spelled_out(index, want, kinds)


def _spelled_out(index: Index, want: Resource, kinds: Kinds) -> Iterator[Observed]:
    resolved = kinds[want.address.kind].resolved
    for fingerprint, seen in index.named.get((want.address, want.generation), ()):
        if is_standing(seen) and is_spelled_out(want, fingerprint, resolved(seen)):
            yield seen


def _best(candidates: Iterable[Observed], used: set[str]) -> Observed | None:
    standing = [seen for seen in candidates if seen.id not in used and is_standing(seen)]
    return min(standing, key=preference, default=None)


def preference(seen: Observed) -> tuple[int, bool, int, str]:
    """Sort key among equals: highest try, succeeded, oldest, id."""
    number = seen.marker.attempt.number if seen.marker else 0
    return -number, seen.phase is not Phase.READY, seen.created_at, seen.id
