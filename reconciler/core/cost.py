"""What a run costs: tokens x epochs x price, as far as that is known before it is trained.

Invariants: what is not known is None, never 0; a range holds while the number of epochs is left to
the API.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from msgspec import Struct

MILLION: Final = 1_000_000

ONE: Final = Decimal(1)

TRAINED, TOKENS, UNCOUNTED = "trained_tokens", "tokens", "uncounted"
"""Facts of a run: what the API billed, what was counted for one pass when it was made, and whether
it held more than could be counted; only said where it did."""

TARGET_EPOCHS: Final = 3
LEAST_EXAMPLES, MOST_EXAMPLES = 100, 25_000
LEAST_EPOCHS, MOST_EPOCHS = 1, 25
"""The constants of OpenAI's own estimate of what `auto` becomes: openai-cookbook at 2e652704,
`examples/Chat_finetuning_data_prep.ipynb`. Jobs that told their numbers agree with it (10 epochs
for 10 examples); the API promises none of it."""


class Price(NamedTuple):
    """What a model's training costs.

    Attributes:
        per_million: USD for a million trained tokens; None where it is not billed by tokens.
        as_of: the day of which the price is known, `2026-05-07`; empty for one of the manifest.
        source: where it is from.
        note: how it is billed, where that is not by tokens.
    """

    per_million: Decimal | None
    as_of: str = ""
    source: str = ""
    note: str = ""


class Limit(NamedTuple):
    """A number of USD that must not be passed, and where the manifest says so."""

    usd: Decimal
    where: str = ""


class Budget(NamedTuple):
    """How much may be spent: on one run, by one apply, in one month of the calendar (UTC)."""

    per_job: Limit | None = None
    per_apply: Limit | None = None
    per_month: Limit | None = None


NO_BUDGET: Final = Budget()


class Terms(NamedTuple):
    """On which runs are paid for.

    Attributes:
        prices: base model → its price.
        encodings: how the names of models begin → what their tokens are counted with.
    """

    prices: Mapping[str, Price] = {}
    budget: Budget = NO_BUDGET
    encodings: Mapping[str, str] = {}


NO_TERMS: Final = Terms()


class Work(Struct, frozen=True):
    """What there is to train.

    Attributes:
        model: at the root, whatever fine-tunes stand between; empty for data alone.
        tokens: of one pass over the data, by the way they were counted; nothing: not known.
        is_whole: False where the API reads more than was counted.
        rows: examples of the data.
        epochs: passes; None: left to the API.
    """

    model: str = ""
    tokens: Mapping[str, int] = {}
    is_whole: bool = True
    rows: int = 0
    epochs: int | None = None


class Way(NamedTuple):
    """How the tokens of some work are counted; what one way is off by says nothing of another.

    Attributes:
        method: an encoding, or an estimate.
        is_own: whether it is the encoding of the model.
        is_whole: False where the API reads more than is counted.
    """

    method: str
    is_own: bool
    is_whole: bool = True


class Factor(NamedTuple):
    """What finished runs were billed, against what was counted for them: the median of the last."""

    ratio: Decimal = ONE
    runs: int = 0


class Basis(NamedTuple):
    """What a cost was worked out from.

    Attributes:
        tokens: of one pass; `is_counted` where the model's own encoding counted all of them.
        epochs: the least and the most of them; `is_auto` where the API chooses.
    """

    tokens: int
    epochs: tuple[int, int]
    is_auto: bool
    price: Price
    is_counted: bool = True
    factor: Factor = Factor()


class Cost(NamedTuple):
    """USD, from the least to the most; None and the reason where it is not known."""

    low: Decimal | None = Decimal(0)
    high: Decimal | None = Decimal(0)
    is_exact: bool = True
    basis: Basis | None = None
    why: str = ""

    @property
    def is_free(self) -> bool:
        """Whether it is known to cost nothing at all."""
        return self.high == 0


FREE: Final = Cost()


class Total(NamedTuple):
    """The sum of what is known, and how many costs are not."""

    low: Decimal = Decimal(0)
    high: Decimal = Decimal(0)
    is_exact: bool = True
    known: int = 0
    unknown: int = 0


def epochs_of(rows: int) -> tuple[int, int]:
    """The least and the most epochs that `auto` may become for so many examples."""
    if rows * TARGET_EPOCHS < LEAST_EXAMPLES:
        return TARGET_EPOCHS, min(MOST_EPOCHS, -(-LEAST_EXAMPLES // max(rows, 1)))
    if rows * TARGET_EPOCHS > MOST_EXAMPLES:
        return max(LEAST_EPOCHS, MOST_EXAMPLES // rows), TARGET_EPOCHS
    return TARGET_EPOCHS, TARGET_EPOCHS


def counted(tokens: Mapping[str, int], encoding: str | None) -> tuple[str, int] | None:
    """How the tokens of a model were counted, and how many there are; None: they were not."""
    if encoding in tokens:
        return str(encoding), tokens[str(encoding)]
    return next(iter(tokens.items()), None)


def way_of(work: Work, terms: Terms) -> tuple[Way, int] | None:
    """In which way the tokens that are paid for were counted, and how many; None: they were not."""
    encoding = encoding_of(work.model, terms)
    found = counted(work.tokens, encoding)
    return found and (Way(found[0], found[0] == encoding, work.is_whole), found[1])


def encoding_of(model: str, terms: Terms) -> str | None:
    """What the tokens of a model, or of the base of a fine-tuned one, are counted with."""
    base = base_of(model)
    return next((name for begin, name in terms.encodings.items() if base.startswith(begin)), None)


def estimate(work: Work | None, terms: Terms, factors: Mapping[Way, Factor]) -> Cost:
    """What a run will cost.

    Args:
        factors: way of counting → what it was off by until now.
    """
    price = price_of(work.model, terms.prices) if work else None
    if work is None or price is None:
        return _unknown(f"no price for {work.model} is known" if work else "not known")
    if price.per_million is None:
        return _unknown(f"{work.model} is {price.note}")
    found = way_of(work, terms)
    if found is None:
        return _unknown("its tokens were not counted")
    way, tokens = found
    factor = factors.get(way, Factor())
    epochs = (work.epochs, work.epochs) if work.epochs else epochs_of(work.rows)
    low, high = (tokens * n * price.per_million / MILLION * factor.ratio for n in epochs)
    is_counted = way.is_own and way.is_whole
    # A range says by itself that it is none to rely on; where `auto` has but one number, ≈ does.
    is_exact = is_counted and factor.ratio == 1 and (work.epochs is not None or low != high)
    basis = Basis(tokens, epochs, work.epochs is None, price, is_counted, factor)
    return Cost(low, high, is_exact, basis)


def base_of(model: str) -> str:
    """The base model in the name of a fine-tuned one, `ft:BASE:…`, or the name itself."""
    return model.split(":")[1] if model.startswith("ft:") else model


def price_of(model: str, prices: Mapping[str, Price]) -> Price | None:
    """The price of a model, or of the base of a fine-tuned one."""
    return prices.get(model) or prices.get(base_of(model))


def total(costs: Iterable[Cost]) -> Total:
    """The sum; what is not known is counted, not summed."""
    result = Total()
    for cost in costs:
        if cost.low is None or cost.high is None:
            result = result._replace(unknown=result.unknown + 1)
        else:
            result = Total(
                result.low + cost.low,
                result.high + cost.high,
                result.is_exact and cost.is_exact,
                result.known + 1,
                result.unknown,
            )
    return result


def _unknown(why: str) -> Cost:
    return Cost(None, None, is_exact=False, why=why)
