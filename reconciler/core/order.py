"""In which order the changes of a plan take effect, and what each one needs to be done first.

Records are settled first (ADOPT, FORGET), then what others read is made before its readers, then
runs are cancelled, then stored objects are deleted: what is replaced goes last.
"""

from collections.abc import Iterable, Mapping
from graphlib import TopologicalSorter

from reconciler.core.address import Address
from reconciler.core.plan import Action, Change, Plan
from reconciler.core.resource import Live

Key = tuple[Address, str]

_STAGE = {
    Action.FORGET: 0,
    Action.ADOPT: 0,
    Action.CREATE: 1,
    Action.REPLACE: 1,
    Action.PAUSE: 2,
    Action.RESUME: 2,
    Action.CANCEL: 2,
    Action.DELETE: 3,
    Action.WAITING: 4,
}


def stage(change: Change) -> int:
    """Which of the stages it belongs to; one begins when all changes of the last one have ended."""
    return _STAGE[change.action]


def needs(plan: Plan, live: Live) -> Mapping[Key, frozenset[Key]]:
    """Change → the changes that must be DONE before it may start."""
    makers = {c.address: c.key for c in plan.changes if c.resource}
    cancels = {c.id: c.key for c in plan.changes if c.action is Action.CANCEL}
    return {c.key: frozenset(_needs(c, makers, _enders(c, cancels, live))) for c in plan.changes}


def _needs(change: Change, makers: Mapping[Address, Key], enders: Iterable[Key]) -> Iterable[Key]:
    if change.resource and change.action.makes:
        yield from (makers[a] for a in change.resource.refs.values() if a in makers)
    if change.follows and change.follows in makers:
        yield makers[change.follows]
    if change.action is Action.DELETE:
        yield from enders


def _enders(change: Change, cancels: Mapping[str, Key], live: Live) -> Iterable[Key]:
    """The cancels of the runs that still read what this change deletes."""
    for id_, key in cancels.items():
        seen = live.objects.get(id_)
        if seen and change.id in seen.reads:
            yield key


def order(plan: Plan, live: Live) -> tuple[Change, ...]:
    """The changes in the order of their effects; equal plans give equal orders."""
    required = needs(plan, live)
    by_key = {change.key: change for change in plan.changes}
    sorter = TopologicalSorter(required)
    sorter.prepare()
    ordered: list[Change] = []
    while sorter.is_active():
        ready = sorter.get_ready()
        ordered += [by_key[key] for key in ready]
        sorter.done(*ready)
    rank = {change.key: place for place, change in enumerate(ordered)}
    return tuple(sorted(ordered, key=lambda c: (stage(c), _depth(c, required, rank))))


def _depth(
    change: Change, required: Mapping[Key, frozenset[Key]], rank: Mapping[Key, int]
) -> tuple[int, Address, str]:
    before = max((rank[key] + 1 for key in required[change.key]), default=0)
    return before, change.address, change.id
