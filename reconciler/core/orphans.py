"""Orphans: ours by their marker, alive, and nothing accounts for them. `gc` alone removes them.

Not recorded, deposed or about to be adopted, no second object of an attempt (an apply retires
that), and not kept on purpose as far as state and manifest can tell. A finished run is history,
never an orphan. What is older than the state may have been let go by one that is lost: a person has
to say.
"""

from collections.abc import Callable, Collection, Iterator

from msgspec import Struct, field

from reconciler.core.address import Address
from reconciler.core.adopt import cancel
from reconciler.core.diff_removed import delete, ending, readers
from reconciler.core.guards import matches
from reconciler.core.left import left
from reconciler.core.plan import Action, Change, Finding, Plan, Severity, by_address
from reconciler.core.resource import Lifecycle, Observed
from reconciler.core.twins import Stray, strays, twins
from reconciler.core.view import View
from reconciler.core.words import day, exact, listed

SKEW = 60
"""Seconds by which the API's `Date` and the time that it gives an object may differ."""


class Sweep(Struct, frozen=True):
    """Which orphans are to go.

    Attributes:
        older: seconds of the API's time since they were made, at the least.
        allowed: addresses or patterns of those that may be older than the state.
        among: ids of which alone there is talk; None for any.
    """

    older: int = 0
    allowed: tuple[str, ...] = ()
    among: Collection[str] | None = None


def orphans(view: View) -> Iterator[Stray]:
    """Every orphan, by address and id."""
    for stray in _unaccounted(view):
        if not _is_kept(view, stray):
            yield stray


def sweep(view: View, wanted: Sweep) -> Plan:
    """The removal of orphans, and of nothing else; what is left of them is said."""
    if view.state.pending:
        return Plan(findings=(_unsettled(view),))
    sorted_ = _Sorted()
    for stray in _unaccounted(view):
        if wanted.among is None or stray.seen.id in wanted.among:
            sorted_.put(view, stray, wanted)
    changes = [*_waits(sorted_), *_removals(view, sorted_.going)]
    return Plan(by_address(changes), findings=tuple(_told(view, sorted_, wanted)))


class _Sorted(Struct, frozen=True):
    """Strays by what becomes of them."""

    going: list[Stray] = field(default_factory=list)
    kept: list[Stray] = field(default_factory=list)
    young: list[Stray] = field(default_factory=list)
    ageless: list[Stray] = field(default_factory=list)
    earlier: list[Stray] = field(default_factory=list)

    def put(self, view: View, stray: Stray, wanted: Sweep) -> None:
        made, now = stray.seen.created_at, view.live.date
        if _is_kept(view, stray):
            self.kept.append(stray)
        elif wanted.older and not (made and now):
            self.ageless.append(stray)
        elif wanted.older and now and made > now - wanted.older:
            self.young.append(stray)
        elif _is_earlier(view, stray.seen) and not matches(stray.address, wanted.allowed):
            self.earlier.append(stray)
        else:
            self.going.append(stray)


def _unaccounted(view: View) -> list[Stray]:
    second = {twin.seen.id for lifecycle in Lifecycle for twin in twins(view, lifecycle)}
    found = [stray for lifecycle in Lifecycle for stray in strays(view, lifecycle)]
    return sorted(
        (stray for stray in found if stray.seen.id not in second),
        key=lambda stray: (stray.address, stray.seen.id),
    )


def _is_kept(view: View, stray: Stray) -> bool:
    """The state remembers that it was let go, or the manifest still says so of its address."""
    return stray.seen.id in view.state.kept or view.desired.removed.get(stray.address) is True


def _is_earlier(view: View, seen: Observed) -> bool:
    since = view.state.since
    return since is None or seen.created_at <= since + SKEW


def _removals(view: View, going: list[Stray]) -> Iterator[Change]:
    runs = [(address, seen) for address, seen, _ in going if view.is_run(address)]
    cancels = [cancel(address, seen, _why(seen)) for address, seen in runs]
    yield from cancels
    blocked = readers(view, ending(cancels))
    for address, seen, _ in going:
        if not view.is_run(address):
            yield delete(blocked, address, seen.id, f"{_why(seen)}: {seen.id}")


def _why(seen: Observed) -> str:
    return f"orphan, made {day(seen.created_at)}" if seen.created_at else "orphan"


def _waits(found: _Sorted) -> Iterator[Change]:
    reasons: tuple[tuple[list[Stray], Callable[[str], str]], ...] = (
        (found.ageless, lambda id_: f"nobody knows how old {id_} is"),
        (found.earlier, lambda id_: f"{id_} is older than this state: it may be kept on purpose"),
    )
    for strays_, reason in reasons:
        for address, seen, _ in strays_:
            yield Change(Action.WAITING, address, reason(seen.id), id=seen.id)


def _unsettled(view: View) -> Finding:
    """What a create made that is in doubt may look like an orphan, until it is found."""
    addresses = sorted({intent.address for intent in view.state.pending.values()})
    return Finding(
        Severity.REFUSED,
        addresses[0],
        f"refused: {listed(addresses)} may have been made, and nobody knows yet",
        why="what was made would look like an orphan; nothing is removed on a guess",
        cure="reconciler apply settles it; then reconciler gc again",
    )


def _told(view: View, found: _Sorted, wanted: Sweep) -> Iterator[Finding]:
    if found.earlier:
        yield _earlier(view, found.earlier)
    if found.young:
        yield left("object", _named(found.young), f"younger than {exact(wanted.older)}")
    if found.kept:
        why = "`removed: {keep: true}`, the end of an import, or state forget let go of it"
        yield left("object", _named(found.kept), "kept on purpose", why=why)


def _earlier(view: View, earlier: list[Stray]) -> Finding:
    since = view.state.since
    known = f"it knows since {day(since)}" if since else "it does not tell since when it knows"
    return left(
        "orphan",
        _named(earlier),
        "older than this state",
        why=f"{known}; what an earlier one kept on purpose, nothing tells",
        cure=f"look at them, then by address: reconciler gc --allow-delete {earlier[0].address}",
        severity=Severity.WARNING,
    )


def _named(some: list[Stray]) -> list[tuple[Address, str]]:
    return [(stray.address, f"{stray.address} ({stray.seen.id})") for stray in some]
