"""`reconciler cost`: what the declared jobs would cost, and what they did."""

from collections.abc import Iterator, Sequence
from typing import Any

from reconciler.cli.settings import Settings
from reconciler.cli.verbs.table import show_table
from reconciler.cli.verbs.workspace import Workspace, open_workspace
from reconciler.core.cost import Budget, Limit, Price, total
from reconciler.core.diff import view_of
from reconciler.core.offline import as_recorded
from reconciler.core.pricing import Priced, declared
from reconciler.core.words import whole_usd
from reconciler.errors import ExitCode
from reconciler.kinds import BY_NAME
from reconciler.render.cost_json import budget_document, cost_document, total_document
from reconciler.render.money import epochs_of, in_all, spoken, why

HEADER = ("ADDRESS", "MODEL", "TOKENS", "EPOCHS", "COST", "LAST BILLED")


def cost(settings: Settings, /) -> int:
    """Price the declared jobs, as if each were trained now."""
    with open_workspace(settings, is_offline=True) as workspace:
        state = workspace.journal().state
        found = declared(view_of(workspace.desired, state, as_recorded(state), BY_NAME))
        if settings.out.is_json:
            settings.out.document(_document(workspace, found))
        else:
            _show(workspace, found)
    return ExitCode.DONE


def _show(workspace: Workspace, found: Sequence[Priced]) -> None:
    out, simulated = workspace.settings.out, workspace.is_simulated
    out.keep(f"{workspace.owner} · {workspace.endpoint.kind}")
    if found:
        show_table(out, HEADER, [_row(priced, simulated=simulated) for priced in found])
    sum_ = in_all(total(priced.cost for priced in found), simulated=simulated)
    out.keep(f"{len(found)} job{'s' * (len(found) != 1)}, if all were trained now: {sum_}")
    prices = {price.as_of: price.source for price in _prices(found) if price.as_of}
    out.keep(*(f"  prices of {day}  {source}" for day, source in sorted(prices.items())))
    if words := ", ".join(_limits(workspace.desired.terms.budget)):
        out.keep(f"  budget  {words}")
    out.say(*_notes(found))


def _row(priced: Priced, *, simulated: bool) -> tuple[str, ...]:
    resource, basis = priced.resource, priced.cost.basis
    about = "" if basis is None or basis.is_counted else "≈ "
    return (
        str(resource.address),
        resource.work.model if resource.work else "",
        f"{about}{basis.tokens:,}" if basis else "",
        epochs_of(basis) if basis else "",
        spoken(priced.cost, simulated=simulated),
        spoken(priced.billed, simulated=simulated) if priced.billed else "",
    )


def _prices(found: Sequence[Priced]) -> list[Price]:
    return [priced.cost.basis.price for priced in found if priced.cost.basis]


def _limits(budget: Budget) -> Iterator[str]:
    words: list[tuple[Limit | None, str]] = [
        (budget.per_job, "a job"),
        (budget.per_apply, "an apply"),
        (budget.per_month, "a month"),
    ]
    yield from (f"{whole_usd(limit.usd)} {period}" for limit, period in words if limit)


def _notes(found: Sequence[Priced]) -> Iterator[str]:
    """Why a cost is not known; said once for each reason."""
    for reason in dict.fromkeys(why(p.cost) for p in found if p.cost.high is None):
        yield f"note: {reason}; the manifest may: prices: {{MODEL: USD for a million tokens}}"


def _document(workspace: Workspace, found: Sequence[Priced]) -> dict[str, Any]:
    return {
        "owner": str(workspace.owner),
        "jobs": [_job(priced) for priced in found],
        "cost": total_document(total(priced.cost for priced in found)),
        "budget": budget_document(workspace.desired.terms.budget),
    }


def _job(priced: Priced) -> dict[str, Any]:
    work = priced.resource.work
    return {
        "address": str(priced.resource.address),
        "model": work.model if work else None,
        "cost": cost_document(priced.cost),
        "last_billed": cost_document(priced.billed) if priced.billed else None,
    }
