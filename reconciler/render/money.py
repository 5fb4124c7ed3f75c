"""What a change costs, in words. Money that is not known is never shown as 0."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from reconciler.core.cost import Basis, Budget, Cost, Total, total
from reconciler.core.plan import Change, Finding, Plan
from reconciler.core.spending import Spending
from reconciler.core.words import TRAINS_AGAIN, usd, whole_usd
from reconciler.text import visible

UNKNOWN = "price unknown"

MOST_EXPLAINED = 5
"""Costs whose working is shown below a plan; `reconciler cost` shows them all."""


def price_of(change: Change, *, simulated: bool) -> str:
    """`$11.80`, `≈ $11.80`, `$8.85–29.50` or `price unknown`; empty for what is never paid for."""
    return spoken(change.cost, simulated=simulated) if change.cost else ""


def spoken(cost: Cost, *, simulated: bool) -> str:
    """A cost in words."""
    if cost.low is None or cost.high is None:
        return UNKNOWN
    if cost.is_free:
        return "$0"
    return _amount(cost) + _simulated(simulated)


def cure_of(finding: Finding, *, simulated: bool) -> str:
    """The cure, with its price where it costs money: `…: trains again, $11.80`."""
    cost = finding.failure.cost if finding.failure else None
    if cost is None:
        return finding.cure
    price = spoken(cost, simulated=simulated)
    return finding.cure.replace(TRAINS_AGAIN, f"{TRAINS_AGAIN}, {price}", 1)


def in_all(total: Total, *, simulated: bool) -> str:
    """The same of several costs: `$11.80`, and how many of them are not known."""
    if not total.high:
        return UNKNOWN if total.unknown else "$0"
    more = f" and {total.unknown} of unknown price" if total.unknown else ""
    return _amount(total) + _simulated(simulated) + more


def paid(spending: Spending, *, simulated: bool) -> str:
    """What an apply paid: `$11.80 committed`, `$11.81 (2,361,880 trained tokens)`, or `$0`."""
    parts = []
    if spending.billed.high:
        words = f"{spending.trained:,} trained tokens"
        note = f"simulated, {words}" if simulated else words
        parts.append(f"{_amount(spending.billed)} ({note})")
    for total_, word in ((spending.committed, "committed"), (spending.unsettled, "unsettled")):
        if total_.high or total_.unknown:
            words = in_all(total_, simulated=simulated)
            parts.append(words if words == UNKNOWN else f"{words} {word}")
    return ", ".join(parts) or "$0"


def _simulated(simulated: bool) -> str:
    return " (simulated)" if simulated else ""


def _amount(cost: Cost | Total) -> str:
    low, high = (usd(amount or Decimal(0)) for amount in (cost.low, cost.high))
    words = low if low == high else f"{low}–{high.removeprefix('$')}"
    return words if cost.is_exact else f"≈ {words}"


def workings(plan: Plan, *, simulated: bool) -> list[tuple[str, str]]:
    """How the costs of a plan were worked out, and what they leave of the budget: label, words."""
    told = _told(plan)
    rows = sweeps(plan, simulated=simulated)[:MOST_EXPLAINED] + told[:MOST_EXPLAINED]
    if len(told) > MOST_EXPLAINED:
        rows.append(("", f"and {len(told) - MOST_EXPLAINED} more: reconciler cost"))
    if told and (words := budget_left(plan)):
        rows.append(("budget", words))
    return rows


def _told(plan: Plan) -> list[tuple[str, str]]:
    """How each cost was worked out; of a matrix the same is told once."""
    alike: dict[tuple[str, str], list[str]] = defaultdict(list)
    for change in plan.changes:
        if (cost := change.cost) and not cost.is_free:
            sign = " × " if cost.basis else ": "
            alike[change.address.entry, sign + why(cost)].append(str(change.address))
    return [
        (entry, f"{len(names)} jobs{words}") if len(names) > 1 else (names[0], words[2:].strip())
        for (entry, words), names in alike.items()
    ]


def sweeps(plan: Plan, *, simulated: bool) -> list[tuple[str, str]]:
    """What each matrix costs in all: `jobs.sweep`, `4 jobs: $51.60`."""
    found: dict[str, list[Cost]] = defaultdict(list)
    for change in plan.changes:
        if change.cost and not change.cost.is_free:
            found[change.address.entry].append(change.cost)
    return [
        (name, f"{len(costs)} jobs: {in_all(total(costs), simulated=simulated)}")
        for name, costs in found.items()
        if len(costs) > 1
    ]


def why(cost: Cost) -> str:
    """`590,000 tokens × 4 epochs × $5.00/M (prices of 2026-05-07)`, or why nothing is known."""
    if cost.basis is None:
        return visible(cost.why)
    return " ".join((*_product(cost.basis), f"({', '.join(_sources(cost.basis))})"))


def epochs_of(basis: Basis) -> str:
    """`4`, or `2–3`."""
    least, most = basis.epochs
    return f"{least}–{most}" if least != most else f"{least}"


def _product(basis: Basis) -> Iterator[str]:
    epochs, most = epochs_of(basis), basis.epochs[1]
    price = basis.price.per_million or Decimal(0)
    exact = f"{price:,.2f}" if price == round(price, 2) else f"{price:,f}"
    about, auto = "" if basis.is_counted else "≈ ", " (auto)" if basis.is_auto else ""
    counted = f"{about}{basis.tokens:,} tokens × {epochs} epoch{'s' * (most != 1)}{auto}"
    yield f"{counted} × ${exact}/M"
    if basis.factor.ratio != 1:
        yield f"× {basis.factor.ratio}"


def _sources(basis: Basis) -> Iterator[str]:
    runs = basis.factor.runs
    if basis.factor.ratio != 1:
        yield f"by the last {f'{runs} jobs' if runs > 1 else 'job'}"
    yield f"prices of {basis.price.as_of}" if basis.price.as_of else "the manifest's price"


def budget_left(plan: Plan) -> str:
    """`$11.80 of $20 a job, $50 an apply, $388.20 left this month after it`."""
    return ", ".join(_limits(plan.budget, plan))


def _limits(budget: Budget, plan: Plan) -> Iterator[str]:
    total = plan.cost
    dearest = max((c.cost.high for c in plan.changes if c.cost and c.cost.high), default=None)
    if budget.per_job and dearest is not None:
        yield f"{usd(dearest)} of {whole_usd(budget.per_job.usd)} a job"
    if budget.per_apply:
        is_said = budget.per_job is not None and dearest == total.high
        of = "" if is_said else f"{usd(total.high)} of "
        yield f"{of}{whole_usd(budget.per_apply.usd)} an apply"
    if budget.per_month and plan.spent:
        left = max(budget.per_month.usd - plan.spent.high - total.high, Decimal(0))
        yield f"{whole_usd(left)} left this month after it"
        if unknown := plan.spent.unknown:
            yield f"beside {unknown} job{'s' * (unknown != 1)} of unknown cost"
