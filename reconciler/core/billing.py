"""What the API billed for a run: the tokens that it says it trained on, at a price."""

from collections.abc import Mapping
from typing import Any

from reconciler.core.cost import MILLION, TRAINED, Basis, Cost, Price
from reconciler.core.resource import Phase


def trained(facts: Mapping[str, Any]) -> int:
    """Tokens that the API says it trained on, over all epochs; 0 where it does not."""
    told = facts.get(TRAINED)
    return told if isinstance(told, int) else 0


def is_unbilled(phase: Phase, status: str) -> bool:
    """Whether a run is not billed: one that failed; what a person cancelled may be."""
    return phase is Phase.FAILED and status != "cancelled"


def bill(tokens: int, price: Price | None) -> Cost | None:
    """What so many trained tokens cost; None where the price is not known."""
    if price is None or price.per_million is None:
        return None
    usd = tokens * price.per_million / MILLION
    return Cost(usd, usd, basis=Basis(tokens, (1, 1), is_auto=False, price=price))
