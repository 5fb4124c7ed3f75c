"""Which part of a plan is wanted: chosen by address, never more than the plan itself.

What is chosen brings what it needs, and what is left out takes along what needs it: a part of a
plan is a plan that can be carried out.
"""

from collections.abc import Collection, Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from reconciler.core.address import Address
from reconciler.core.guards import matches
from reconciler.core.order import Key, led_nowhere, needs, order
from reconciler.core.plan import Change, Finding, Plan, Severity
from reconciler.core.resource import Desired, Live


class Scope(Struct, frozen=True):
    """What a person chose on the command line; addresses may be patterns (`jobs.sweep`).

    Attributes:
        targets: only these, with what they need; empty means everything.
        excluded: not these, nor what needs them.
        keeps_all: nothing is deleted or cancelled.
        only_drift: what changed outside is recorded, and nothing else is done.
    """

    targets: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    keeps_all: bool = False
    only_drift: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return self == Scope()


def scoped(plan: Plan, desired: Desired, live: Live, scope: Scope) -> Plan:
    """The part of a plan that is in scope; a note for what was added to it or left out of it."""
    if scope.is_whole:
        return plan
    if scope.only_drift:
        return replace(plan, changes=())
    chosen, added = _chosen(plan, desired, scope)
    out, lost = _left_out(plan, live, scope, chosen)
    told = [f for f in plan.findings if _is_inside(f.address, chosen, scope)]
    return replace(
        plan,
        changes=tuple(change for change in plan.changes if change.key not in out),
        drift=tuple(item for item in plan.drift if _is_inside(item.address, chosen, scope)),
        findings=(*told, *(_added(*pair) for pair in added.items()), *lost),
    )


def unmatched(patterns: Iterable[str], known: Iterable[Address]) -> list[str]:
    """The patterns that no known address matches: mistakes of typing."""
    addresses = [*known]
    return [p for p in patterns if not any(matches(address, (p,)) for address in addresses)]


def _chosen(
    plan: Plan, desired: Desired, scope: Scope
) -> tuple[frozenset[Address], Mapping[Address, Address]]:
    """Every address that is a target or needed by one, and needed address → what needs it."""
    known = {*desired.resources, *(change.address for change in plan.changes)}
    known |= {finding.address for finding in plan.findings}
    known |= {drift.address for drift in plan.drift}
    named = {a for a in known if not scope.targets or matches(a, scope.targets)}
    added = _needed(named, desired)
    busy = {change.address for change in plan.changes}
    told = {a: reader for a, reader in sorted(added.items()) if a in busy}
    return frozenset(named | added.keys()), told


def _needed(named: Collection[Address], desired: Desired) -> Mapping[Address, Address]:
    """What the named ones read, and what that reads, but for themselves → what reads it."""
    added: dict[Address, Address] = {}
    waiting = sorted(named)
    while waiting:
        reader = waiting.pop()
        resource = desired.resources.get(reader)
        for ref in sorted(resource.refs.values()) if resource else ():
            if ref not in named and ref not in added:
                added[ref] = reader
                waiting.append(ref)
    return added


def outside(desired: Desired, scope: Scope) -> frozenset[Address]:
    """What is declared and certainly not in a scope, whatever the plan is."""
    if not scope.targets and not scope.excluded:
        return frozenset()
    named = {a for a in desired.resources if not scope.targets or matches(a, scope.targets)}
    chosen = {a for a in (*named, *_needed(named, desired)) if not matches(a, scope.excluded)}
    return frozenset(desired.resources.keys() - chosen)


def _is_inside(address: Address, chosen: frozenset[Address], scope: Scope) -> bool:
    return address in chosen and not matches(address, scope.excluded)


def _left_out(
    plan: Plan, live: Live, scope: Scope, chosen: frozenset[Address]
) -> tuple[set[Key], list[Finding]]:
    """The changes that are not made, and a note for each that only lacks what it needs."""
    out = {change.key for change in plan.changes if not _is_wanted(change, scope, chosen)}
    required, lost = needs(plan, live), list[Finding]()
    for change in order(plan, live):
        if change.key not in out and (missing := required[change.key] & out):
            out.add(change.key)
            lost.append(_lost(change, min(missing)[0]))
    return out | led_nowhere(plan, out), lost


def _is_wanted(change: Change, scope: Scope, chosen: frozenset[Address]) -> bool:
    is_kept = scope.keeps_all and change.goal.destroys
    return _is_inside(change.address, chosen, scope) and not is_kept


def _added(address: Address, reader: Address) -> Finding:
    return Finding(Severity.NOTE, address, f"{address} is added to the target: {reader} needs it")


def _lost(change: Change, missing: Address) -> Finding:
    what = f"{change.address} is left out: it needs {missing}, which is out of scope"
    if missing == change.address:
        what = f"{missing} is left out: what it replaces would have to be cancelled first"
    return Finding(Severity.NOTE, change.address, what)
