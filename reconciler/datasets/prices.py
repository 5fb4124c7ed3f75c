"""What training costs, by provider and model: `prices.json`, with the source and day of each price.

A price that could not be sourced is not in it: then it is not known, which is never 0.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import msgspec


class Listed(NamedTuple):
    """One price.

    Attributes:
        per_million: USD for a million trained tokens; None where it is not billed by tokens.
        as_of, source: where it was read, and of which day that is.
        note: how it is billed, where that is not by tokens.
    """

    per_million: Decimal | None
    as_of: str
    source: str
    note: str = ""


@cache
def price_list(provider: str) -> Mapping[str, Listed]:
    """Name of a model → its price at a kind of provider; nothing where none is known."""
    data = msgspec.json.decode(files("reconciler.datasets").joinpath("prices.json").read_bytes())
    return {name: _listed(entry) for entry in data.get(provider, ()) for name in entry["models"]}


def _listed(entry: dict[str, Any]) -> Listed:
    usd = entry["usd_per_million"]
    price = None if usd is None else Decimal(usd)
    return Listed(price, entry["as_of"], entry["source"], entry.get("note", ""))
