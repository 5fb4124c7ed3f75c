"""A state made anew from what is live: what markers tell, without what only the state knew."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from msgspec import Struct, field

from reconciler.core.address import Address
from reconciler.core.alias import Alias, Promote
from reconciler.core.entries import Intent
from reconciler.core.plan import Action, Plan
from reconciler.core.questions import Kinds
from reconciler.core.resource import Desired, Lifecycle, Live, Observed, Record
from reconciler.core.settle import record_of
from reconciler.core.view import is_active


class Rebuilt(Struct, frozen=True):
    """What a state can be made of.

    Attributes:
        declared: what stands for declared addresses, as a plan would adopt it.
        undeclared: the latest of ours at each other address, protected: the manifest cannot say
            any more whether it was. Of runs only those that have not ended: the others are history.
        left: ours as well, and recorded nowhere: older ones, and what nothing tells apart.
        missing: declared addresses of which nothing live is known.
        aliases: what the lost state is known to have pointed at, or known to have lost.
    """

    declared: Mapping[Address, Record]
    undeclared: Mapping[Address, Record]
    left: tuple[Observed, ...]
    missing: tuple[Address, ...]
    aliases: Mapping[Address, Alias] = field(default_factory=dict)

    @property
    def records(self) -> Mapping[Address, Record]:
        """All of them."""
        return {**self.declared, **self.undeclared}


def rebuilt(plan: Plan, desired: Desired, live: Live, kinds: Kinds) -> Rebuilt:
    """What the plan of a state that knows nothing adopts, and what else is ours."""
    adopts = [c for c in plan.changes if c.action is Action.ADOPT and c.record]
    declared = {change.address: change.record for change in adopts if change.record}
    taken = {record.id for record in declared.values()}
    others = _by_address(live, kinds, taken)
    latest = {a: max(group, key=_age) for a, group in others.items() if a not in desired.resources}
    undeclared = {address: _record(seen) for address, seen in latest.items()}
    aliases = {e.address: e.alias for e in plan.refreshes if isinstance(e, Promote)}
    taken |= {record.id for record in undeclared.values()}
    return Rebuilt(
        declared,
        undeclared,
        tuple(seen for group in others.values() for seen in group if seen.id not in taken),
        tuple(sorted(desired.resources.keys() - declared.keys() - aliases.keys())),
        aliases,
    )


def _by_address(live: Live, kinds: Kinds, taken: set[str]) -> Mapping[Address, list[Observed]]:
    found: dict[Address, list[Observed]] = defaultdict(list)
    for address, seen in sorted(_ours(live, kinds), key=lambda pair: (pair[0], pair[1].id)):
        if seen.id not in taken:
            found[address].append(seen)
    return found


def _ours(live: Live, kinds: Kinds) -> Iterator[tuple[Address, Observed]]:
    """What carries a marker of ours and is not history."""
    for seen in live.objects.values():
        if seen.marker and (kinds[seen.kind].lifecycle is Lifecycle.STORED or is_active(seen)):
            yield seen.marker.address, seen


def _age(seen: Observed) -> tuple[tuple[int, int], int, str]:
    attempt = seen.marker.attempt if seen.marker else (0, 0)
    return attempt, seen.created_at, seen.id


def _record(seen: Observed) -> Record:
    marker = seen.marker
    assert marker is not None  # noqa: S101  # only ours come here
    made = Intent(marker.op, marker.address, marker.fingerprint, marker.attempt, protect=True)
    return record_of(made, seen)
