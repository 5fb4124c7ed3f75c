"""Costs as JSON: USD as numbers, null for what is not known, never 0."""

from typing import Annotated

from pydantic import WithJsonSchema
from typing_extensions import TypedDict  # pydantic takes no other before Python 3.12

from reconciler.render.documented import documented

Usd = Annotated[float, WithJsonSchema({"type": "number", "minimum": 0, "examples": [11.8]})]
Date = Annotated[str, WithJsonSchema({"type": "string", "examples": ["2026-05-07"]})]


@documented
class BasisDocument(TypedDict):
    """What a cost was worked out from: tokens x epochs x price x calibration."""

    tokens: int
    """Of one pass over the training data."""
    is_counted: bool
    """Whether the model's own tokenizer counted all of them; else they are estimated."""
    epochs: list[int]
    """The least and the most of them."""
    is_auto: bool
    """Whether the API chooses how many."""
    usd_per_million: Usd | None
    """The price of a million trained tokens."""
    price_as_of: Date | None
    """The day of which the price is known; null for one of the manifest."""
    price_source: str | None
    """Where the price is from."""
    calibration: float
    """What the last finished jobs were billed against what was counted; 1 where none was."""
    calibrated_by: int
    """So many jobs say so."""


@documented
class CostDocument(TypedDict):
    """What one run costs."""

    low: Usd | None
    """The least, in USD; null where it is not known."""
    high: Usd | None
    """The most; the budget goes by it."""
    is_exact: bool
    """False where it is an estimate."""
    why_unknown: str | None
    """Why it is not known, for people."""
    basis: BasisDocument | None
    """What it was worked out from; null where it is free or not known."""


@documented
class TotalDocument(TypedDict):
    """What several runs cost together."""

    low: Usd
    """The least, of those that are known."""
    high: Usd
    """The most, of those that are known."""
    is_exact: bool
    """False where one of them is an estimate."""
    unknown: int
    """So many more of which the cost is not known."""


@documented
class SpendingDocument(TypedDict):
    """What one apply paid for the runs that it made."""

    committed: TotalDocument
    """For those that go on, or whose bill is not known, as planned."""
    billed: TotalDocument
    """For those that have ended, at the prices of the plan."""
    trained_tokens: int
    """That these were billed for."""
    unsettled: TotalDocument
    """For those of which it is not known whether they were made."""


@documented
class BudgetDocument(TypedDict):
    """What may be spent, as the manifest says, and what was; null where there is no limit."""

    per_job: Usd | None
    """By one job."""
    per_apply: Usd | None
    """By one apply, over all of its rounds."""
    per_month: Usd | None
    """In a month of the calendar."""
    spent_this_month: TotalDocument | None
    """By the live jobs of this owner that were made this month; null where no limit asks."""
