"""Whether a plan stays within what may be spent. Each refusal is exit 3, before anything is sent.

It is the most that a change may cost that counts.
"""

from collections.abc import Iterator
from decimal import Decimal
from math import ceil
from typing import Final, NamedTuple

from reconciler.core.address import Address
from reconciler.core.cost import Budget, Limit
from reconciler.core.plan import Change, Finding, Plan, Severity
from reconciler.core.words import listed, usd, whole_usd


class Spent(NamedTuple):
    """What earlier rounds of an apply took: USD at the most, and chat completions for checks."""

    usd: Decimal = Decimal(0)
    requests: int = 0


NOTHING_SPENT: Final = Spent()


def over_budget(
    plan: Plan, allowed: Decimal | None, spent: Decimal = NOTHING_SPENT.usd
) -> Iterator[Finding]:
    """Every limit that this plan would pass.

    Args:
        allowed: USD that a person allowed instead of all limits; None: none did.
        spent: by this very apply already.
    """
    paid = [change for change in plan.changes if change.cost and not change.cost.is_free]
    if not paid:
        return
    if allowed is not None:
        words = f"the {whole_usd(allowed)} that --allow-cost allows"
        yield from _over(plan, paid, Limit(allowed, "--allow-cost"), spent, words)
        return
    budget = plan.budget
    if budget != Budget():
        yield from _unknown(paid, budget)
    if limit := budget.per_job:
        for change in paid:
            yield from _too_dear(change, limit)
    if limit := budget.per_apply:
        yield from _over(plan, paid, limit, spent, f"the budget of {whole_usd(limit.usd)} an apply")
    if (limit := budget.per_month) and plan.spent:
        words = f"the budget of {whole_usd(limit.usd)} a month"
        yield from _over(plan, paid, limit, plan.spent.high, words)
        yield from _going_on(plan, paid, limit)


def _unknown(paid: list[Change], budget: Budget) -> Iterator[Finding]:
    """A price that is not known is within no budget."""
    unknown = [change for change in paid if change.cost and change.cost.high is None]
    limits = (budget.per_job, budget.per_apply, budget.per_month)
    for change in unknown[:1]:
        named = listed([change.address for change in unknown])
        yield _refused(
            change.address,
            f"what {named} would cost is not known, and there is a budget",
            next(limit.where for limit in limits if limit),
            change.cost.why if change.cost else "",
            "give the price in the manifest, prices: {MODEL: USD for a million tokens};\n"
            "or allow it once: reconciler apply --allow-cost USD",
        )


def _going_on(plan: Plan, paid: list[Change], limit: Limit) -> Iterator[Finding]:
    """Nor is what runs already at such a price; once it has ended, it is told beside the budget."""
    if plan.unpriced:
        yield _refused(
            paid[0].address,
            f"what {listed(plan.unpriced)} will cost is not known, and there is a budget",
            limit.where,
            "made this month and still running; its data or its price are not known",
            "wait until it has ended; or give the price in the manifest, prices: {MODEL: USD};\n"
            "or allow it once: reconciler apply --allow-cost USD",
        )


def _too_dear(change: Change, limit: Limit) -> Iterator[Finding]:
    high = change.cost.high if change.cost else None
    if high is not None and high > limit.usd:
        yield _refused(
            change.address,
            f"{usd(high)} for {change.address} is over the budget of {whole_usd(limit.usd)} a job",
            limit.where,
            change.reason,
            "train on less, or in fewer epochs; or raise the budget in the manifest;\n"
            f"or allow it once: reconciler apply --allow-cost {ceil(high)}",
        )


def _over(
    plan: Plan, paid: list[Change], limit: Limit, spent: Decimal, words: str
) -> Iterator[Finding]:
    """What all of it costs, on top of what is spent already."""
    high = plan.cost.high
    if spent + high <= limit.usd:
        return
    before = f" on top of {usd(spent)}" if spent else ""
    dearest = sorted(paid, key=lambda c: (-((c.cost and c.cost.high) or 0), c.address))
    named = [f"{c.address} for {usd(c.cost.high)}" for c in dearest if c.cost and c.cost.high]
    yield _refused(
        dearest[0].address,
        f"{usd(high)}{before} is over {words}",
        limit.where,
        listed(named),
        f"train fewer: reconciler plan --exclude {dearest[0].address}; or raise the budget in the\n"
        f"manifest; or allow it once: reconciler apply --allow-cost {ceil(high)}",
    )


def _refused(address: Address, what: str, where: str, why: str, cure: str) -> Finding:
    return Finding(Severity.REFUSED, address, f"refused: {what}", where, why, cure)
