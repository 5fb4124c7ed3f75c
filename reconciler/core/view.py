"""What the rules of `diff` look at, and the words they share."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from msgspec import Struct, field

from reconciler.core.address import Address
from reconciler.core.alias import Alias, Checked
from reconciler.core.cost import TOKENS, UNCOUNTED
from reconciler.core.earlier import is_signed
from reconciler.core.entries import Entry, Intent, Put
from reconciler.core.match import Matches, is_standing
from reconciler.core.plan import Change, Finding
from reconciler.core.questions import Kinds
from reconciler.core.resource import (
    AUTHORED,
    LEARNT,
    REASON,
    Attempt,
    Desired,
    Lifecycle,
    Live,
    Observed,
    Record,
    Resource,
)
from reconciler.core.state import State

_AS_MADE = frozenset((TOKENS, UNCOUNTED, REASON, LEARNT, *AUTHORED))
"""Facts that no list of the API tells, and that hold for one object."""

Item = Change | Finding | Entry
"""What a rule may yield: something to do, something to say, something to record quietly."""


class View(Struct, frozen=True, dict=True):
    """Everything `diff` knows, with the moves of the manifest already made.

    Attributes:
        records: as in the state, moved.
        moves: new address → old one, for the records that did move.
        anew: what is made anew because a person asked for it; nothing is matched there.
        unbound: what the manifest binds to an object that is something else, and what to say of
            it; nothing is matched there either.
    """

    desired: Desired
    state: State
    live: Live
    kinds: Kinds
    records: Mapping[Address, Record]
    moves: Mapping[Address, Address]
    matches: Matches
    anew: frozenset[Address] = frozenset()
    unbound: Mapping[Address, Finding] = field(default_factory=dict)

    def lifecycle(self, address: Address) -> Lifecycle:
        """Which rules hold at this address."""
        return self.kinds[address.kind].lifecycle

    def seen(self, address: Address) -> Observed | None:
        """The live object that the record of this address names."""
        record = self.records.get(address)
        return self.live.objects.get(record.id) if record else None

    @cached_property
    def alias_moves(self) -> Mapping[Address, Address]:
        """New address → the one that an alias had, as `moved` says."""
        known, found = self.state.aliases, dict[Address, Address]()
        for address in {r.address for r in self.aliased} - known.keys():
            if source := next((a for a in self.desired.origins(address) if a in known), None):
                found[address] = source
        return found

    @cached_property
    def aliases(self) -> Mapping[Address, Alias]:
        """What each declared alias points at, where that is known; the moves are made.

        Of what a lost state knew, the file of `outputs` tells what is live. Without a model: it
        pointed at something, and nobody knows at what.
        """
        known, found = self.state.aliases, dict[Address, Alias]()
        for address in sorted(r.address for r in self.aliased):
            place = self.alias_moves.get(address, address)
            if alias := known[place] if place in known else self._recalled(address.name):
                found[address] = alias
        return found

    @cached_property
    def checked(self) -> Mapping[tuple[str, str], Checked]:
        """Model and digest of checks → what came of them last."""
        return {(one.model, one.checks): one for one in self.state.checked}

    @cached_property
    def aliased(self) -> Sequence[Resource]:
        """The declared aliases."""
        kinds = [name for name, kind in self.kinds.items() if kind.lifecycle is Lifecycle.POINTER]
        return [r for address, r in self.desired.resources.items() if address.kind in kinds]

    def _recalled(self, name: str) -> Alias | None:
        """What is left of an alias once the state was lost; None where there was none."""
        is_lost = not self.state.serial and any(s.marker for s in self.live.objects.values())
        if not is_lost:
            return None
        published, models = self.live.published, self.live.models or ()
        if published is None or published.models is None or published.foreign:
            return Alias()
        model = published.models.get(name, "")
        return Alias(model if model in models else "") if model else None

    @cached_property
    def pending_at(self) -> Mapping[Address, Intent]:
        """The pending creates of paid kinds, by address; a later op wins."""
        paid = (i for i in self.state.pending.values() if self.is_run(i.address))
        return {intent.address: intent for intent in paid}

    def is_run(self, address: Address) -> bool:
        """Whether objects of this kind are paid for and become history."""
        return self.is_a(Lifecycle.RUN, address)

    def is_a(self, lifecycle: Lifecycle, address: Address) -> bool:
        """Whether these rules hold at this address; none do for a kind that nobody knows."""
        kind = self.kinds.get(address.kind)
        return kind is not None and kind.lifecycle is lifecycle

    @cached_property
    def pending_specs(self) -> Mapping[tuple[str, str, int], Intent]:
        """The same by kind, fingerprint and generation."""
        return {
            (i.address.kind, i.fingerprint, i.attempt.generation): i
            for i in self.pending_at.values()
        }

    @cached_property
    def asked(self) -> Mapping[tuple[Address, str, int], int]:
        """Address, fingerprint and generation → the try that `--replace` asked for before."""
        return {
            (r.address, r.fingerprint, r.attempt.generation): r.attempt.number
            for r in self.state.renewals
        }

    @cached_property
    def held(self) -> Mapping[str, Address]:
        """Every id that the state looks after → its address."""
        return self.state.held

    @cached_property
    def recorded(self) -> Mapping[str, Record]:
        """Id → what is recorded of it, or was last: a run that was let go of may go on."""
        earlier = {one.record.id: one.record for one in self.state.earlier}
        return earlier | {record.id: record for record in self.records.values()}

    @cached_property
    def first_of(self) -> Mapping[str, Address]:
        """Fingerprint → the first address that wants it: that one may take what has no name."""
        resources = self.desired.resources
        return {resources[a].fingerprint: a for a in sorted(resources, reverse=True)}

    @cached_property
    def read(self) -> frozenset[Address]:
        """What any declared run reads."""
        resources = self.desired.resources.values()
        return frozenset(ref for resource in resources for ref in resource.refs.values())

    @cached_property
    def undeclared(self) -> Sequence[tuple[Address, Record]]:
        """What is recorded, no longer declared, and stands for nothing that is."""
        left = sorted(self.records.keys() - self.desired.resources.keys())
        records = ((address, self.records[address]) for address in left)
        return [(address, record) for address, record in records if self.is_free(record.id)]

    @cached_property
    def bare(self) -> Mapping[str, Sequence[Observed]]:
        """Runs without any metadata that nobody holds, by an object that they read."""
        found: dict[str, list[Observed]] = defaultdict(list)
        for seen in self.live.objects.values():
            if seen.is_bare and seen.reads and seen.id not in self.held and is_standing(seen):
                found[seen.reads[0]].append(seen)
        return found

    @property
    def is_quiet(self) -> bool:
        """Whether the state was lost, and lists may not show yet what it made last.

        Until then no list proves that a run does not exist, nor that nothing reads a file.
        """
        until = self.state.quiet_until
        now = self.live.waited if self.live.date is None else self.live.date
        return until is not None and now < until

    @cached_property
    def at_rest(self) -> frozenset[Address]:
        """Where nothing is to be done, said or recorded: nearly all of a large manifest.

        Rules that look at one address and its object pass it by; none of them would yield anything.
        """
        records, resources, moves = self.records, self.desired.resources, self.moves
        beside = {name: kind.beside for name, kind in self.kinds.items()}
        return frozenset(
            address
            for address, (seen, is_recorded) in self.matches.chosen.items()
            if is_recorded
            and seen.marker
            and seen.is_usable
            and address not in moves
            and (resource := resources[address]).paused is seen.is_paused
            and _is_fresh(resource, seen, records[address])
            and not beside[address.kind](resource, seen)
        )

    def is_borrowed(self, record: Record) -> bool:
        """Whether its object is not of our making: it is never retired by itself."""
        return record.imported or bool(self.owner_of(record.id))

    def owner_of(self, id_: str) -> str:
        """Another owner whose marker a live object carries; empty where it is ours, or nobody's.

        What we are known to have made is ours, whatever its server calls it.
        """
        seen = self.live.objects.get(id_)
        if seen is None or seen.marker or id_ in self._made_here:
            return ""
        owner = self.kinds[seen.kind].owner_of(seen)
        return "" if owner == self.state.owner else owner

    @cached_property
    def _made_here(self) -> frozenset[str]:
        recorded = (*self.state.records.values(), *(one.record for one in self.state.earlier))
        return frozenset(record.id for record in recorded if is_signed(record))

    def is_free(self, id_: str) -> bool:
        """Whether no desired resource stands on this object."""
        return id_ not in self.matches.used


def refreshed(resource: Resource, seen: Observed, record: Record | None) -> Record:
    """What is recorded of an object that stands for a resource, up to date."""
    number = seen.marker.attempt.number if seen.marker else 1
    if record and record.id == seen.id and record.attempt.generation == resource.generation:
        number = record.attempt.number
    return Record(
        id=seen.id,
        fingerprint=resource.fingerprint,
        attempt=Attempt(resource.generation, number),
        spec=resource.spec,
        phase=seen.phase,
        status=seen.status,
        created_at=seen.created_at,
        expires_at=seen.expires_at,
        reads=seen.reads,
        protect=resource.protect,
        imported=_is_imported(resource, seen, record),
        facts=_facts(resource, seen, record),
    )


def _is_imported(resource: Resource, seen: Observed, record: Record | None) -> bool:
    """Bound by its id, or once was: without the `import:` line it is still not of our making."""
    was_bound = record is not None and record.id == seen.id and record.imported
    return was_bound or resource.import_id is not None


def refresh(resource: Resource, seen: Observed, record: Record | None) -> Iterator[Entry]:
    """The entry that brings a record up to date, if it is not."""
    if record is None or not _is_fresh(resource, seen, record):
        yield Put(resource.address, refreshed(resource, seen, record))


def _is_fresh(resource: Resource, seen: Observed, record: Record) -> bool:
    """Whether `refreshed` would say the same; asked of every resource of every plan.

    An equal fingerprint is an equal spec.
    """
    return (
        record.id == seen.id
        and record.status == seen.status
        and record.phase is seen.phase
        and record.fingerprint == resource.fingerprint
        and record.attempt.generation == resource.generation
        and record.created_at == seen.created_at
        and record.expires_at == seen.expires_at
        and record.reads == seen.reads
        and record.protect is resource.protect
        and (record.imported or resource.import_id is None)
        and _has_facts(resource, seen, record)
    )


def _has_facts(resource: Resource, seen: Observed, record: Record) -> bool:
    """Nearly all have just what is declared and seen; then what was made adds nothing to it."""
    told = {**resource.facts, **seen.facts} if seen.facts else resource.facts
    return record.facts == told or record.facts == _facts(resource, seen, record)


def _facts(resource: Resource, seen: Observed, record: Record | None) -> Mapping[str, Any]:
    """Figures of the object; what was known of it when it was made stays as it was."""
    if record is None or record.id != seen.id:
        return {**resource.facts, **seen.facts}
    kept = {name: told for name, told in record.facts.items() if name in _AS_MADE}
    return {**resource.facts, **kept, **seen.facts}


def is_active(seen: Observed) -> bool:
    """Whether it runs, or may: an unknown status is not an end."""
    return not seen.phase.is_terminal
