"""Which live object each address stands for: one global assignment, each id used once.

In this order: (0) a record that matches its desired resource, bases before what starts from them,
(1) a live marker at the resource's own address, or what was replaced there and shows no marker,
(2) a live marker at the address it moved from, (3) any other live object of the owner with this
fingerprint and generation, (4) where nothing is recorded, an object at the own address of which the
manifest now spells out what the server made of it, and what starts from a run that was found by
(1) to (4). Equals are interchangeable: the highest try, succeeded first, then the oldest, then by
id. A record gives way to a later try of its own that no state knows: an older state was put back,
and what it does not know was paid for.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from msgspec import Struct, field

from reconciler.core.address import Address
from reconciler.core.entries import Deposed
from reconciler.core.fingerprint import is_fingerprint
from reconciler.core.questions import Kinds
from reconciler.core.rebind import Base, Bases, is_rebound, is_spelled_out
from reconciler.core.resource import (
    MODEL,
    NOTHING,
    Desired,
    Live,
    Observed,
    Phase,
    Record,
    Resource,
)

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

    @cached_property
    def retried(self) -> Mapping[Key, list[Observed]]:
        """Of the same, what was made after a first try of its own; few are."""
        found: dict[Key, list[Observed]] = defaultdict(list)
        for seen in self.live.objects.values():
            if (marker := seen.marker) and marker.attempt.number > 1:
                key = (marker.address, marker.fingerprint, marker.attempt.generation)
                found[key].append(seen)
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
    index = Index(live, deposed)
    draft = _Draft(desired, records, kinds, index, chosen, {m.seen.id for m in chosen.values()})
    if index.retried:
        draft.give_way(deposed)
    if missing:
        draft.complete(missing)
    return Matches(chosen, frozenset(draft.used), index)


class _Draft(NamedTuple):
    """The assignment, while it is made."""

    desired: Desired
    records: Mapping[Address, Record]
    kinds: Kinds
    marked: Index
    chosen: dict[Address, Match]
    used: set[str]

    def give_way(self, deposed: Mapping[str, Deposed]) -> None:
        """Take later tries that the state does not know for those that it records."""
        for address in sorted(self.chosen):
            want, record = self.desired.resources[address], self.records.get(address)
            later = _later(self.marked, self.desired, want, record)
            if best := _best((seen for seen in later if seen.id not in deposed), self.used):
                self.used.symmetric_difference_update({self.chosen[address].seen.id, best.id})
                self.chosen[address] = Match(best)

    def complete(self, missing: list[Resource]) -> None:
        """Find what is not recorded as it is declared.

        What is only said in another way is looked for bases first, in the order of the manifest:
        before all else where a record says so, and again once bases were found elsewhere.
        """
        self.rebind([want for want in missing if want.address in self.records])
        by_address = sorted(missing, key=lambda want: want.address)
        for candidates in _tiers(self.marked, self.desired):
            for want in by_address:
                if want.address not in self.chosen:
                    self.choose(want, candidates(want))
        self.rebind(missing)

    def rebind(self, missing: Iterable[Resource]) -> None:
        """Take what the manifest now says in another way."""
        for want in missing:
            if want.address not in self.chosen:
                record = self.records.get(want.address)
                found = self.kept(want, record) if record else self.spelled_out(want)
                self.choose(want, found, is_recorded=record is not None)

    def choose(
        self, want: Resource, candidates: Iterable[Observed], *, is_recorded: bool = False
    ) -> None:
        """The best of these that is free."""
        if best := _best(candidates, self.used):
            self.chosen[want.address] = Match(best, is_recorded)
            self.used.add(best.id)

    def kept(self, want: Resource, record: Record) -> Iterator[Observed]:
        """What is recorded there, where only its base is said in another way."""
        seen = self.marked.live.objects.get(record.id)
        bases = bases_of(want, self.chosen, self.records)
        if seen and bases and is_rebound(want, record, seen, self.kinds, bases):
            yield seen

    def spelled_out(self, want: Resource) -> Iterator[Observed]:
        """What was made there, by its marker, before some of it was said in another way."""
        resolved = self.kinds[want.address.kind].resolved
        bases = bases_of(want, self.chosen, self.records)
        for said, seen in self.marked.named.get((want.address, want.generation), ()):
            if is_standing(seen) and is_spelled_out(want, said, resolved(seen), bases):
                yield seen


def bases_of(
    want: Resource, chosen: Mapping[Address, Match], records: Mapping[Address, Record]
) -> Bases:
    """The runs that stand where it refers to."""
    runs = (item for item in want.refs.items() if is_fingerprint(want.spec.get(item[0])))
    return {
        field: _base(chosen[ref].seen, records.get(ref)) for field, ref in runs if ref in chosen
    }


def _base(seen: Observed, record: Record | None) -> Base:
    known = (record if record and record.id == seen.id else None, seen.marker)
    return Base(seen.facts.get(MODEL, ""), tuple(one.fingerprint for one in known if one))


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


def _later(
    index: Index, desired: Desired, resource: Resource, record: Record | None
) -> Iterator[Observed]:
    """Later tries of what is recorded; a status that nobody knows tells of none."""
    is_bound = resource.import_id or (record and record.imported)
    if record is None or is_bound or not is_recorded_as(resource, record):
        return
    for address in (resource.address, *desired.origins(resource.address)):
        for seen in index.retried.get(_key(resource, address), ()):
            assert seen.marker  # noqa: S101  # it is indexed by it
            is_later = seen.marker.attempt.number > record.attempt.number
            if is_later and seen.phase is not Phase.UNKNOWN:
                yield seen


def _key(resource: Resource, address: Address) -> Key:
    return address, resource.fingerprint, resource.generation


def _tiers(index: Index, desired: Desired) -> Iterator[Callable[[Resource], Iterable[Observed]]]:
    yield lambda want: index.attempts(want, want.address)
    yield lambda want: index.given_up.get(_key(want, want.address), ())
    yield lambda want: index.attempts(want, *desired.origins(want.address))
    yield lambda want: index.anywhere.get(
        (want.address.kind, want.fingerprint, want.generation), ()
    )


def _best(candidates: Iterable[Observed], used: set[str]) -> Observed | None:
    standing = [seen for seen in candidates if seen.id not in used and is_standing(seen)]
    return min(standing, key=preference, default=None)


def preference(seen: Observed) -> tuple[int, bool, int, str]:
    """Sort key among equals: highest try, succeeded, oldest, id."""
    number = seen.marker.attempt.number if seen.marker else 0
    return -number, seen.phase is not Phase.READY, seen.created_at, seen.id
