"""What the changes of a plan cost, by what finished runs were billed; and what was spent."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from msgspec.structs import replace

from reconciler.core.billing import bill, is_unbilled, trained
from reconciler.core.cost import (
    FREE,
    TOKENS,
    UNCOUNTED,
    Cost,
    Factor,
    Total,
    Way,
    Work,
    estimate,
    price_of,
    total,
    way_of,
)
from reconciler.core.plan import Action, Change, Finding
from reconciler.core.resource import ROWS, Observed, Phase, Resource
from reconciler.core.view import View, is_active
from reconciler.core.words import CENT

MOST_RUNS = 5
"""So many of the last finished runs say what counting is off by."""


def priced(view: View, changes: Iterable[Change]) -> Iterator[Change]:
    """The changes that make or adopt a run with their cost; the others have none."""
    factors: Mapping[Way, Factor] | None = None
    for change in changes:
        if not view.is_run(change.address) or not (
            change.goal.makes or change.goal is Action.ADOPT
        ):
            yield change
        elif change.goal is Action.ADOPT:
            yield replace(change, cost=FREE)
        else:
            factors = factors_of(view) if factors is None else factors
            resource = change.resource or view.desired.resources[change.address]
            yield replace(change, cost=estimate(resource.work, view.desired.terms, factors))


def priced_failures(view: View, findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings; a standing failure with what one more run would cost."""
    factors: Mapping[Way, Factor] | None = None
    for finding in findings:
        if finding.failure is None:
            yield finding
        else:
            factors = factors_of(view) if factors is None else factors
            resource = view.desired.resources[finding.address]
            cost = estimate(resource.work, view.desired.terms, factors)
            yield finding._replace(failure=finding.failure._replace(cost=cost))


class Priced(NamedTuple):
    """A declared run, what it would cost now, and what the last one was billed, if known."""

    resource: Resource
    cost: Cost
    billed: Cost | None = None


def declared(view: View) -> list[Priced]:
    """Every declared run, as if it were made now."""
    factors, terms = factors_of(view), view.desired.terms
    found = []
    for address, resource in sorted(view.desired.resources.items()):
        if view.is_run(address):
            seen = view.seen(address)
            billed = _bill(view, seen) if seen and trained(seen.facts) else None
            found.append(Priced(resource, estimate(resource.work, terms, factors), billed))
    return found


def factors_of(view: View) -> Mapping[Way, Factor]:
    """Way of counting → what it was off by in the last runs of this owner that have ended."""
    ratios: dict[Way, list[Decimal]] = defaultdict(list)
    ended = (seen for seen in _ours(view) if seen.phase is Phase.READY)
    for seen in sorted(ended, key=lambda seen: seen.created_at, reverse=True):
        for way, ratio in _ratio(view, seen):
            ratios[way].append(ratio)
    return {way: _factor(found[:MOST_RUNS]) for way, found in ratios.items()}


def _factor(ratios: list[Decimal]) -> Factor:
    from statistics import median  # noqa: PLC0415  # only where runs have ended

    return Factor(median(ratios).quantize(CENT), len(ratios))


def _ours(view: View) -> Iterator[Observed]:
    """Every live run of this owner."""
    objects = view.live.objects.values()
    return (seen for seen in objects if seen.marker and view.is_run(seen.marker.address))


def _ratio(view: View, seen: Observed) -> Iterator[tuple[Way, Decimal]]:
    """Billed against counted, if both are known; counted as this run's model reads its data."""
    billed, work = trained(seen.facts), _work(view, seen)
    found = way_of(work, view.desired.terms)
    if billed and work.epochs and found and found[1] > 0:
        way, count = found
        yield way, Decimal(billed) / (count * work.epochs)


def _bill(view: View, seen: Observed) -> Cost:
    """What a run was billed, at the prices that are known."""
    work, terms = _work(view, seen), view.desired.terms
    told = bill(trained(seen.facts), price_of(work.model, terms.prices))
    return told or estimate(work, terms, {})


def _epochs(view: View, seen: Observed) -> int | None:
    resolved = view.kinds[seen.kind].resolved(seen)
    told = next((n for name, n in resolved.items() if name.endswith("n_epochs")), None)
    return told if isinstance(told, int) and told > 0 else None


def _work(view: View, seen: Observed) -> Work:
    """What a live run trains: as recorded when it was made, else as its data are declared now."""
    marker, model = seen.marker, seen.body.get("model")
    resource = marker and view.desired.resources.get(marker.address)
    is_same = resource and marker and resource.fingerprint == marker.fingerprint
    work = resource.work if is_same and resource else None
    work = work or Work(model if isinstance(model, str) else "")
    record = view.recorded.get(seen.id)
    work = _counted(work, record.facts) if record else work
    return replace(work, epochs=_epochs(view, seen) or work.epochs)


def _counted(work: Work, facts: Mapping[str, Any]) -> Work:
    """The same with what was counted when it was made, where that was recorded."""
    tokens, rows = facts.get(TOKENS), facts.get(ROWS)
    if not isinstance(tokens, dict):
        return work
    return replace(
        work,
        tokens={method: n for method, n in tokens.items() if isinstance(n, int)},
        rows=rows if isinstance(rows, int) else work.rows,
        is_whole=work.is_whole and facts.get(UNCOUNTED) is not True,
    )


def spent_this_month(view: View) -> Total:
    """What the live runs of this owner cost that were made this month, by the API's clock.

    It is worked out from what is live, whoever made it and on whatever state. Where the API tells
    no time, all of them count.
    """
    factors = factors_of(view)
    return total(_spent(view, seen, factors) for seen in _this_month(view))


def unpriced(view: View) -> tuple[str, ...]:
    """The runs among these that go on, and of which nobody knows what they will cost."""
    factors = factors_of(view)
    going = (seen for seen in _this_month(view) if is_active(seen))
    return tuple(sorted(s.id for s in going if _spent(view, s, factors).high is None))


def _this_month(view: View) -> Iterator[Observed]:
    date = view.live.date
    return (s for s in _ours(view) if date is None or _month(s.created_at) == _month(date))


def _month(seconds: int) -> tuple[int, int]:
    """A month of the calendar, UTC."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.year, moment.month


def _spent(view: View, seen: Observed, factors: Mapping[Way, Factor]) -> Cost:
    """What one run was billed, or will be when it ends; one that failed is not billed."""
    work, terms = _work(view, seen), view.desired.terms
    if trained(seen.facts):
        return _bill(view, seen)
    if is_unbilled(seen.phase, seen.status):
        return FREE
    is_sized = work.epochs is not None or work.rows > 0
    return estimate(work if is_sized else replace(work, tokens={}), terms, factors)
