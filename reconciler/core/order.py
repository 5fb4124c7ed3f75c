"""In which order the changes of a plan take effect, and what each one needs to be done first.

Records are settled first (ADOPT, FORGET), then what others read is made before its readers, then
runs are cancelled, models are checked and promoted, and last of all something is deleted: what is
replaced goes last, unless a person wants it to end first.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from graphlib import TopologicalSorter

from reconciler.core.address import Address
from reconciler.core.plan import Action, Change, Plan
from reconciler.core.resource import Live

Key = tuple[Address, str]

_STAGE: Mapping[Action, int] = {
    Action.FORGET: 0,
    Action.ADOPT: 0,
    Action.CREATE: 1,
    Action.REPLACE: 1,
    Action.PAUSE: 2,
    Action.RESUME: 2,
    Action.CANCEL: 2,
    Action.CHECK: 3,
    Action.PROMOTE: 4,
    Action.DELETE: 5,
    Action.WAITING: 6,
}


def stage(change: Change) -> int:
    """Which of the stages it belongs to; one begins when all changes of the last one have ended."""
    is_before = change.leads and change.action is Action.CANCEL
    return _STAGE[Action.REPLACE if is_before else change.action]


def needs(plan: Plan, live: Live) -> Mapping[Key, frozenset[Key]]:
    """Change → the changes that must be DONE before it may start."""
    makers = {c.address: c for c in plan.changes if c.resource}
    leads = {c.follows: c.key for c in plan.changes if c.follows and c.leads}
    enders = _enders(plan, live)
    required = {c.key: frozenset([*_needs(c, makers), *_ended(c, enders)]) for c in plan.changes}
    for address in leads.keys() & makers.keys():
        required[makers[address].key] |= {leads[address]}
    return required


def _needs(change: Change, makers: Mapping[Address, Change]) -> Iterable[Key]:
    """What is done before a change; what leads one is done as late as that, right before it."""
    follows = makers.get(change.follows) if change.follows else None
    maker = follows if change.leads else change
    if maker and maker.resource and maker.action.makes:
        yield from (makers[a].key for a in maker.resource.refs.values() if a in makers)
    if follows and not change.leads:
        yield follows.key


def led_nowhere(plan: Plan, out: Container[Key]) -> set[Key]:
    """What leads a change that is left out: without it, it would only take something away."""
    made = {c.address for c in plan.changes if c.resource and c.key not in out}
    return {c.key for c in plan.changes if c.leads and c.follows not in made}


def _ended(change: Change, enders: Mapping[str, Sequence[Key]]) -> Sequence[Key]:
    """The cancels of the runs that still read what this change deletes."""
    return enders.get(change.id, ()) if change.action is Action.DELETE else ()


def _enders(plan: Plan, live: Live) -> Mapping[str, list[Key]]:
    """Id of what a run that is cancelled reads → the cancels that end its readers."""
    found: dict[str, list[Key]] = defaultdict(list)
    for change in plan.changes:
        seen = live.objects.get(change.id) if change.action is Action.CANCEL else None
        for id_ in seen.reads if seen else ():
            found[id_].append(change.key)
    return found


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
