"""What an apply paid, as far as it is known when it ends."""

from decimal import Decimal

import pytest

from reconciler.core.address import Address
from reconciler.core.cost import FREE, TRAINED, Basis, Cost, Price, Total
from reconciler.core.plan import Action, Change
from reconciler.core.resource import Observed, Phase, Record
from reconciler.core.spending import Spending, spending
from tests.support.values import record

BOT = Address("jobs", "bot")
PLANNED = Cost(
    Decimal(10), Decimal(12), is_exact=False,
    basis=Basis(1_000_000, (2, 3), is_auto=True, price=Price(Decimal(5))),
)  # fmt: skip
COMMITTED = Spending(committed=Total(Decimal(10), Decimal(12), is_exact=False, known=1))
NOTHING = Spending(billed=Total(known=1))
BILLED = Spending(billed=Total(Decimal(10), Decimal(10), known=1), trained=2_000_000)
BY_TIME = Cost(None, None, is_exact=False, why="billed by time")


def ended(phase: Phase, tokens: int | None = None, **rest: str) -> Record:
    """The record of the run that was made, as it ended."""
    return record("job-1", phase=phase, facts={TRAINED: tokens}, **rest)


def of(cost: Cost | None, record: Record | None) -> Spending:
    """What one run cost that was made as `job-1`."""
    change = Change(Action.CREATE, BOT, "new", cost=cost)
    return spending([(change, "job-1")], [], {BOT: record} if record else {}, {})


@pytest.mark.parametrize(
    ("record", "paid"),
    [
        (ended(Phase.IN_PROGRESS), COMMITTED),
        (ended(Phase.IN_PROGRESS, 5), COMMITTED),
        (ended(Phase.READY), COMMITTED),
        (ended(Phase.FAILED, status="cancelled"), COMMITTED),
        (None, COMMITTED),
        (ended(Phase.FAILED, status="failed"), NOTHING),
        (ended(Phase.READY, 2_000_000), BILLED),
    ],
    ids=[
        "running", "not yet ended", "no bill", "cancelled", "not recorded", "failed",
        "billed",
    ],
)  # fmt: skip
def test_a_run_is_billed_once_it_has_ended(record: Record | None, paid: Spending) -> None:
    """Until then, and where nobody tells, it is committed as planned; a failed one is free."""
    assert of(PLANNED, record) == paid


@pytest.mark.parametrize(
    ("status", "tokens", "paid"),
    [
        ("failed", 0, NOTHING),
        ("cancelled", 0, COMMITTED),
        ("cancelled", 2_000_000, BILLED),
        ("", 0, COMMITTED),
    ],
    ids=["failed", "cancelled", "cancelled and billed", "in no list"],
)  # fmt: skip
def test_a_run_that_was_tried_again_is_billed_as_it_ended(
    status: str, tokens: int, paid: Spending
) -> None:
    """One that was cancelled outside may be billed in part, though another took its place."""
    change = Change(Action.CREATE, BOT, "new", cost=PLANNED)
    facts = {TRAINED: tokens}
    live = {"job-1": Observed("jobs", "job-1", Phase.FAILED, status, 0, facts=facts)}
    again = {BOT: record("job-2")}
    assert spending([(change, "job-1")], [], again, live if status else {}) == paid


def test_what_is_not_known_stays_so() -> None:
    """A price by the hour is no sum of tokens; what is adopted, and a file, cost nothing."""
    unknown = Spending(committed=Total(is_exact=True, unknown=1))
    assert of(BY_TIME, ended(Phase.READY, 9)) == unknown
    without = PLANNED._replace(basis=Basis(1, (1, 1), is_auto=False, price=Price(None)))
    assert of(without, ended(Phase.READY, 9)) == COMMITTED
    assert of(FREE, ended(Phase.READY, 9)) == NOTHING
    assert of(None, None) == Spending()


def test_a_doubt_has_a_sum_of_its_own() -> None:
    """It may be paid for, or not."""
    doubt = Change(Action.CREATE, BOT, "new", cost=PLANNED)
    assert spending([], [doubt], {}, {}) == Spending(unsettled=COMMITTED.committed)
