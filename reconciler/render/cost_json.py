"""Costs and budgets as values."""

from decimal import Decimal

from reconciler.core.cost import Basis, Budget, Cost, Limit, Total
from reconciler.core.spending import Spending
from reconciler.render.cost_shape import (
    BasisDocument,
    BudgetDocument,
    CostDocument,
    SpendingDocument,
    TotalDocument,
)


def cost_document(cost: Cost) -> CostDocument:
    """What one run costs, and what that was worked out from."""
    return CostDocument(
        low=_usd(cost.low),
        high=_usd(cost.high),
        is_exact=cost.is_exact,
        why_unknown=cost.why or None,
        basis=_basis(cost.basis) if cost.basis else None,
    )


def _basis(basis: Basis) -> BasisDocument:
    return BasisDocument(
        tokens=basis.tokens,
        is_counted=basis.is_counted,
        epochs=list(basis.epochs),
        is_auto=basis.is_auto,
        usd_per_million=_usd(basis.price.per_million),
        price_as_of=basis.price.as_of or None,
        price_source=basis.price.source or None,
        calibration=float(basis.factor.ratio),
        calibrated_by=basis.factor.runs,
    )


def total_document(total: Total) -> TotalDocument:
    """What all of it costs."""
    return TotalDocument(
        low=_rounded(total.low),
        high=_rounded(total.high),
        is_exact=total.is_exact,
        unknown=total.unknown,
    )


def spending_document(spending: Spending) -> SpendingDocument:
    """What an apply paid."""
    return SpendingDocument(
        committed=total_document(spending.committed),
        billed=total_document(spending.billed),
        trained_tokens=spending.trained,
        unsettled=total_document(spending.unsettled),
    )


def budget_document(budget: Budget, spent: Total | None = None) -> BudgetDocument:
    """The limits, and what was spent this month where one asks."""
    return BudgetDocument(
        per_job=_limit(budget.per_job),
        per_apply=_limit(budget.per_apply),
        per_month=_limit(budget.per_month),
        spent_this_month=total_document(spent) if spent else None,
    )


def _limit(limit: Limit | None) -> float | None:
    return _usd(limit.usd) if limit else None


def _usd(amount: Decimal | None) -> float | None:
    return None if amount is None else _rounded(amount)


def _rounded(amount: Decimal) -> float:
    """USD, to a hundredth of a cent."""
    return round(float(amount), 4)
