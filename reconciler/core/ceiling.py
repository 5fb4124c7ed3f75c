"""How far a yes reaches: a plan is a ceiling. What is applied may be less than it, never more.

A plan allows `Grant`s. Those that pay or take away are its stakes, and its digest is theirs alone:
an upload, an adoption, an id or a time does not change it. Grants are read from what a change comes
to, not from how it stands: a delete that still waits for a reader is granted as a delete, and a run
that is given up is granted as such whether it has to be cancelled or has just ended.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from msgspec.structs import replace

from reconciler.core.address import Address
from reconciler.core.entries import Move
from reconciler.core.fingerprint import canonical_json
from reconciler.core.grant import Grant, Verb
from reconciler.core.left import left
from reconciler.core.match import is_recorded_as
from reconciler.core.order import Key, led_nowhere, needs, order
from reconciler.core.plan import Action, Change, Difference, Finding, Plan, Severity
from reconciler.core.questions import Kinds
from reconciler.core.resource import Desired, Lifecycle, Live, Record, Resource
from reconciler.core.state import State, replay

VERSION = 1
"""Of the digest: raised whenever the same stakes are bound in another way than before."""

Grants = tuple[Grant, ...]


class Scene(NamedTuple):
    """What a plan was made from: the meaning of its changes."""

    desired: Desired
    state: State
    live: Live
    kinds: Kinds


def granted(plan: Plan, scene: Scene) -> Grants:
    """All that a yes to this plan allows, sorted."""
    sight = _sight(plan, scene)
    return tuple(sorted(grant for change in plan.changes for grant in sight.grants(change)))


def stakes(grants: Iterable[Grant]) -> Grants:
    """What is paid for or taken away, sorted."""
    return tuple(sorted(grant for grant in grants if grant.verb.is_stake))


def digest(owner: str, endpoint: tuple[str, str, str], grants: Iterable[Grant]) -> str:
    """64 hex digits that stand for the stakes of a plan of this owner at this endpoint."""
    bound = [VERSION, owner, endpoint, stakes(grants)]
    return hashlib.sha256(canonical_json(bound)).hexdigest()


def agreed(expected: str, state: State, found: Grants) -> Grants | None:
    """The stakes that were reviewed under a digest; None where this plan is more than they are.

    It may be less: adopted what was to be made, done in part by an apply that was cut short, or
    without any stake at all.
    """
    as_if_made = tuple(g._replace(verb=Verb.PAY) if g.verb is Verb.ADOPT else g for g in found)
    for reviewed in (found, as_if_made):
        if digest(state.owner, state.endpoint, reviewed) == expected:
            return stakes(reviewed)
    known = state.reviewed
    if known and known.digest == expected and not _Left(known.grants).lacks(stakes(found)):
        return known.grants
    return None if stakes(found) else ()


def together(*several: Grants) -> Grants:
    """All that any of several ceilings allows."""
    counts: Counter[Grant] = Counter()
    for grants in several:
        counts |= Counter(grants)
    return tuple(sorted(counts.elements()))


def stay_within(plan: Plan, ceiling: Grants, scene: Scene) -> Plan:
    """The part of a plan that a ceiling allows; a finding for each change that it does not.

    What needs a change that is left out is left out, too.
    """
    left = _Left(ceiling, _fed(ceiling, scene.desired))
    sight = _sight(plan, scene)
    excess = {change.key for change in plan.changes if left.lacks(sight.grants(change))}
    if not excess:
        return plan
    required, out = needs(plan, scene.live), dict[Key, Finding]()
    for change in order(plan, scene.live):
        if change.key in excess:
            out[change.key] = _not_in_it(change)
        elif missing := required[change.key] & out.keys():
            out[change.key] = _needs_more(change, min(missing)[0])
    idle = led_nowhere(plan, out)
    kept = tuple(c for c in plan.changes if c.key not in out and c.key not in idle)
    return replace(plan, changes=kept, findings=(*plan.findings, *out.values()))


def _not_in_it(change: Change) -> Finding:
    is_asked = change.difference is Difference.ASKED
    if change.goal is Action.DELETE and change.address.kind == "models" and not is_asked:
        return left(
            "model",
            [(change.address, change.id)],
            "further back than keep_last says",
            why="the plan that was confirmed did not say so",
            cure="reconciler apply",
        )
    return Finding(
        Severity.REFUSED,
        change.address,
        f"refused: {change.address} is not in the plan that was confirmed",
        why=f"it would now {change.goal.word}: {change.reason}",
        cure="reconciler plan, and look at it again",
    )


def _needs_more(change: Change, missing: Address) -> Finding:
    return _not_in_it(change)._replace(
        what=f"refused: {change.address} needs what is not in the plan that was confirmed",
        why=f"to {change.goal.word} it needs another change of {missing}",
    )


class _Sight(NamedTuple):
    """The plan's scene with its moves made, and the ids that it records anew."""

    scene: Scene
    state: State
    adopted: frozenset[str]

    def grants(self, change: Change) -> Iterator[Grant]:
        """What a yes to one change allows.

        The tail of another change is part of that. The end of what was replaced earlier was
        granted then; to take that back is another matter: something else is given up for it.
        """
        address, goal = change.address, change.goal
        is_old = goal.destroys and change.id in self.state.deposed
        if change.follows is not None or is_old:
            return
        if goal.makes or goal is Action.ADOPT:
            resource = change.resource or self.scene.desired.resources[address]
            yield self.gained(change, resource)
            yield from self.given_up(change, resource)
        elif goal is Action.PROMOTE:
            verb = Verb.FORCE if address in self.scene.desired.forced else Verb.PROMOTE
            yield Grant(verb, address, self.scene.desired.resources[address].fingerprint)
        elif goal.destroys or goal is Action.FORGET:
            yield self.ended(change)
        elif goal is not Action.WAITING:
            yield Grant(Verb(goal.word), address)

    def gained(self, change: Change, resource: Resource) -> Grant:
        """What the address gets."""
        address, fingerprint = change.address, resource.fingerprint
        if change.record:
            attempt = change.record.attempt
            return Grant(Verb.ADOPT, address, fingerprint, attempt, resource.retry)
        if self.scene.kinds[address.kind].lifecycle is Lifecycle.STORED:
            return Grant(Verb.UPLOAD, address, fingerprint)
        return Grant(Verb.PAY, address, fingerprint, change.attempt, resource.retry)

    def given_up(self, change: Change, resource: Resource) -> Iterator[Grant]:
        """What the address had before, unless it stays its own or goes to another address."""
        record = self.state.records.get(change.address)
        if record is None or record.imported or record.id in self.adopted:
            return
        is_replaced = change.goal is Action.REPLACE or change.depose
        if is_replaced or not is_recorded_as(resource, record):
            yield _retired(change.address, record, resource.fingerprint)

    def ended(self, change: Change) -> Grant:
        """What is no longer declared, or was there twice."""
        address, record = change.address, self.state.records.get(change.address)
        if self.scene.kinds[address.kind].lifecycle is Lifecycle.POINTER:
            return Grant(Verb.RETIRE, address, change.id)
        if record is None or record.id != change.id:
            return self.spared(change)
        if change.is_kept:
            return _retired(address, record)._replace(verb=Verb.FORGET)
        return _retired(address, record)

    def spared(self, change: Change) -> Grant:
        seen = self.scene.live.objects.get(change.id)
        marker = seen.marker if seen else None
        if marker is None:
            return Grant(Verb.SPARE, change.address)
        return Grant(Verb.SPARE, change.address, marker.fingerprint, marker.attempt)


def _sight(plan: Plan, scene: Scene) -> _Sight:
    moves = [entry for entry in plan.refreshes if isinstance(entry, Move)]
    adopted = frozenset(change.record.id for change in plan.changes if change.record)
    return _Sight(scene, replay(scene.state, moves), adopted)


def _retired(address: Address, record: Record, heir: str = "") -> Grant:
    return Grant(Verb.RETIRE, address, record.fingerprint, record.attempt, heir=heir)


def _fed(ceiling: Grants, desired: Desired) -> frozenset[Address]:
    """What the runs read that may be paid for: its content is in their fingerprints."""
    paid = {grant.address: grant.fingerprint for grant in ceiling if grant.verb is Verb.PAY}
    runs = (desired.resources[address] for address in paid.keys() & desired.resources.keys())
    return frozenset(
        ref for run in runs if run.fingerprint == paid[run.address] for ref in run.refs.values()
    )


class _Left:
    """What a ceiling still allows, while changes are counted against it."""

    def __init__(self, ceiling: Grants, fed: frozenset[Address] = frozenset()) -> None:
        self._left = Counter(ceiling)
        self._paid = {_run(grant): grant for grant in ceiling if grant.verb is Verb.PAY}
        self._fed = fed

    def lacks(self, grants: Iterable[Grant]) -> bool:
        """Whether one of these is more than what is left; they are counted in any case."""
        return [self._allows(grant) for grant in grants].count(False) > 0

    def _allows(self, grant: Grant) -> bool:
        match grant.verb:
            case Verb.ADOPT:
                return True
            case Verb.PAY:
                return self._is_try(grant, self._paid.get(_run(grant)))
            case Verb.UPLOAD if grant.address in self._fed:
                return True
            case Verb.FORGET:
                return self._take(grant) or self._take(grant._replace(verb=Verb.RETIRE))
            case _:
                return self._take(grant)

    def _is_try(self, grant: Grant, allowed: Grant | None) -> bool:
        """Whether it is the very try that was granted, or one that its `retry` adds to it."""
        if allowed is None:
            return False
        first, number = allowed.attempt.number, grant.attempt.number
        return number == first or first < number <= 1 + allowed.retry.max

    def _take(self, grant: Grant) -> bool:
        self._left[grant] -= 1
        return self._left[grant] >= 0


def _run(grant: Grant) -> tuple[Address, str, int]:
    return grant.address, grant.fingerprint, grant.attempt.generation
