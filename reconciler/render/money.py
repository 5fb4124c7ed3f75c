"""What a change costs, in words. Money that is not known is never shown as 0."""

from reconciler.core.plan import Change

FREE_KINDS = frozenset({"files"})
"""Uploads cost nothing."""


def price_of(change: Change, *, simulated: bool) -> str:
    """`price unknown` for what is paid, `$0 (simulated)` on the sandbox, empty for what is free."""
    if not change.action.makes or change.address.kind in FREE_KINDS:
        return change.price
    return "$0 (simulated)" if simulated else "price unknown"
