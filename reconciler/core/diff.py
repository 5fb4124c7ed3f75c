"""The plan: a pure, total, sorted function of what is declared, recorded and live.

    plan = diff(desired, state, live, kinds)

The state is settled first (`settle`). Runs are decided before stored objects, because a missing
file is only made again for a run that this plan makes.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from msgspec.structs import replace

from reconciler.core.address import Address
from reconciler.core.adopt import ambiguous
from reconciler.core.anew import made_anew, told
from reconciler.core.bound import bound
from reconciler.core.diff_aliases import diff_aliases, points_right
from reconciler.core.diff_removed import ending, readers, removed_runs, removed_stored
from reconciler.core.diff_runs import diff_run
from reconciler.core.diff_stored import Use, diff_stored
from reconciler.core.difference import told_apart
from reconciler.core.doubt import unsettled
from reconciler.core.drift import drifted
from reconciler.core.entries import Move, Put
from reconciler.core.match import match
from reconciler.core.notes import notes
from reconciler.core.plan import Action, Change, Finding, Plan, Severity, by_address
from reconciler.core.pricing import priced, priced_failures, spent_this_month, unpriced
from reconciler.core.questions import Kinds
from reconciler.core.renames import hints, lookalikes
from reconciler.core.resource import Desired, Lifecycle, Live, Observed, Phase, Resource
from reconciler.core.settle import Settlement, held_as
from reconciler.core.shutdown import shutdowns
from reconciler.core.slots import within_limit
from reconciler.core.state import State
from reconciler.core.unmarked import unmarked
from reconciler.core.view import Item, View
from reconciler.core.words import span

_OUT_OF_SYNC = (Severity.FAILED, Severity.UNSETTLED, Severity.REFUSED)


def diff(
    desired: Desired,
    state: State,
    live: Live,
    kinds: Kinds,
    settlements: tuple[Settlement, ...] = (),
) -> Plan:
    """Everything to do and to say, given a settled state and a complete look at the API."""
    view = view_of(desired, state, live, kinds)
    items = [*_decided(view), *_unsettled(view, settlements)]
    items += [*told(view), *unmarked(view), *notes(view)]
    if pairs := lookalikes(view, items):
        moved = replace(desired, moved={**desired.moved, **pairs})
        items += hints(view, pairs, _decided(view_of(moved, state, live, kinds)))
    items += shutdowns(view, [item for item in items if isinstance(item, Change)])
    return _plan(view, items)


def _decided(view: View) -> list[Item]:
    """What happens to every address, with the findings that stand for a decision."""
    runs = [item for r in _moving(view, Lifecycle.RUN) for item in diff_run(view, r)]
    runs = within_limit(view, [*runs, *removed_runs(view)])
    use = _use(view, runs)
    stored = [item for r in _moving(view, Lifecycle.STORED) for item in diff_stored(view, r, use)]
    blocked = readers(view, ending(runs))
    moves = [Move(source, target) for target, source in view.moves.items()]
    items = [
        *moves,
        *_held(view),
        *runs,
        *stored,
        *removed_stored(view, blocked, _displaced(view, stored)),
        *diff_aliases(view, runs),
    ]
    return [*items, *_paid_twice(view, runs)]


def _held(view: View) -> Iterator[Put]:
    """What came of a pause or a resume that was announced: it was ours, so it is no drift."""
    for address, record in view.records.items() if view.state.holding else ():
        if record.id in view.state.holding and (seen := view.live.objects.get(record.id)):
            yield Put(address, held_as(record, seen))


def view_of(desired: Desired, state: State, live: Live, kinds: Kinds) -> View:
    """What the rules look at, the moves of the manifest made."""
    records = dict(state.records)
    moves: dict[Address, Address] = {}
    for target in sorted(desired.moved.keys() & desired.resources.keys() - records.keys()):
        source = next((a for a in desired.origins(target) if a in records), None)
        if source:
            records[target] = records.pop(source)
            moves[target] = source
    matches = match(desired, records, live, kinds, state.deposed)
    return made_anew(bound(View(desired, state, live, kinds, records, moves, matches)))


def _resources(view: View, lifecycle: Lifecycle) -> Iterable[Resource]:
    kinds = {name for name, kind in view.kinds.items() if kind.lifecycle is lifecycle}
    return (r for r in view.desired.resources.values() if r.address.kind in kinds)


def _moving(view: View, lifecycle: Lifecycle) -> Iterable[Resource]:
    """Those of which there is something to decide."""
    return (r for r in _resources(view, lifecycle) if r.address not in view.at_rest)


def _use(view: View, runs: list[Item]) -> Use:
    made = [item.resource for item in runs if isinstance(item, Change) and _will_read(item)]
    wanted = {ref for resource in made if resource for ref in resource.refs.values()}
    return Use(view.read, frozenset(wanted))


def _will_read(change: Change) -> bool:
    """Whether this plan, or the next one, makes something that reads files."""
    return change.action.makes or change.action is Action.WAITING


def _displaced(view: View, stored: list[Item]) -> Mapping[str, Address]:
    """Stored objects that a change of this plan displaces → its address."""
    return {
        view.records[item.address].id: item.address
        for item in stored
        if isinstance(item, Change) and item.depose and view.is_free(view.records[item.address].id)
    }


def _unsettled(view: View, settlements: tuple[Settlement, ...]) -> Iterable[Finding]:
    """What is still not known of paid creates; an upload is free and is simply sent again."""
    for item in settlements:
        if item.entry is None and view.is_run(item.intent.address):
            yield _pending(view, item)


def _pending(view: View, settlement: Settlement) -> Finding:
    intent = settlement.intent
    if settlement.rivals:
        return ambiguous(intent.address, settlement.rivals)
    base_url = view.state.endpoint[0]
    request = (
        "POST " + (base_url if "://" in base_url else "") + view.kinds[intent.address.kind].route
    )
    passed, needed = (span(seconds) for seconds in settlement.progress)
    why = f"no list shows it, and {passed} of {needed} have passed; sending again could pay twice"
    # At another address, too: that one takes it over.
    is_wanted = intent.address in view.desired.resources or intent.fingerprint in view.first_of
    return unsettled(
        intent, request=request, why=why, until=settlement.wait_until, is_wanted=is_wanted
    )


def _paid_twice(view: View, runs: list[Item]) -> Iterable[Finding]:
    """Two addresses of one fingerprint are allowed, and said: the manifest pays for both."""
    changes = (item for item in runs if isinstance(item, Change) and item.action.makes)
    made = sorted((c.resource for c in changes if c.resource), key=lambda r: r.address)
    addresses: dict[tuple[str, int], list[Address]] = defaultdict(list)
    for resource in _resources(view, Lifecycle.RUN) if made else ():
        addresses[resource.fingerprint, resource.generation].append(resource.address)
    first = {(r.fingerprint, r.generation): r.address for r in reversed(made)}
    for key, address in first.items():
        if len(same := sorted(addresses[key])) > 1:
            yield _pays_for_both(address, same)


def _pays_for_both(address: Address, same: list[Address]) -> Finding:
    others = ", ".join(str(other) for other in same if other != address)
    return Finding(
        Severity.WARNING,
        address,
        f"{address} is the same run as {others}: the manifest pays for both",
        why="model, method, seed, suffix and data are equal",
        cure="remove one, or change its seed if a second run is wanted",
    )


def _plan(view: View, items: list[Item]) -> Plan:
    changes = [item for item in items if isinstance(item, Change)]
    findings = {(f.severity, f.what): f for f in items if isinstance(f, Finding)}
    entries = tuple(i for i in items if not isinstance(i, Change | Finding))
    busy = {change.address for change in changes if change.follows is None}
    busy |= {f.address for f in findings.values() if f.severity in _OUT_OF_SYNC}
    busy |= _unmade(view, {f.address for f in findings.values() if f.severity is Severity.REFUSED})
    busy |= {a.address for a in view.aliased if not points_right(view, a)}
    quiet = [address for address in view.desired.resources if address not in busy]
    chosen = view.matches.chosen.items()
    running = [a for a, (seen, _) in chosen if _is_running(seen) and a not in busy]
    drift, budget = tuple(drifted(view, busy)), view.desired.terms.budget
    return Plan(
        by_address(priced(view, told_apart(view, changes, {item.address for item in drift}))),
        entries,
        tuple(sorted(priced_failures(view, findings.values()), key=lambda f: (f.address, f.what))),
        Counter(address.kind for address in quiet),
        Counter(address.kind for address in running),
        drift,
        budget,
        spent_this_month(view) if budget.per_month else None,
        unpriced=unpriced(view) if budget.per_month else (),
    )


def _unmade(view: View, refused: Collection[Address]) -> set[Address]:
    """What only a refused run would read, and is not there: neither made nor in sync."""
    readers = (view.desired.resources[a] for a in refused if a in view.desired.resources)
    return {ref for r in readers for ref in r.refs.values()} - view.matches.chosen.keys()


def _is_running(seen: Observed) -> bool:
    return seen.phase is Phase.IN_PROGRESS and not seen.is_paused
