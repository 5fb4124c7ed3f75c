"""What an apply paid: billed where a run has ended, committed where it goes on, or in doubt."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from reconciler.core.address import Address
from reconciler.core.billing import bill, is_unbilled, trained
from reconciler.core.cost import FREE, Cost, Total, total
from reconciler.core.plan import Change
from reconciler.core.resource import Observed, Record


class Spending(NamedTuple):
    """The cost of the runs of one apply.

    Attributes:
        committed: of those that go on, or whose bill nobody tells: as planned.
        billed: of those that ended.
        trained: tokens that these were billed for.
        unsettled: of those of which it is not known whether they were made.
    """

    committed: Total = Total()
    billed: Total = Total()
    trained: int = 0
    unsettled: Total = Total()


def spending(
    made: Iterable[tuple[Change, str]],
    doubtful: Iterable[Change],
    records: Mapping[Address, Record],
    live: Mapping[str, Observed],
) -> Spending:
    """What an apply paid, at the prices of its plan.

    Args:
        made: what took effect, each with the id of its object.
        doubtful: what may have taken effect or not.
        records: as they are afterwards.
        live: id → what the last look found: how a run ended that was tried again since.
    """
    committed, billed, trained = [], [], 0
    for change, id_ in made:
        record = records.get(change.address)
        was_tried_again = record is not None and record.id != id_
        bill = _bill(change.cost, live.get(id_) if was_tried_again else record)
        if change.cost and bill is None:
            committed.append(change.cost)
        elif bill:
            billed.append(bill)
            trained += bill.basis.tokens if bill.basis else 0
    unsettled = total(change.cost for change in doubtful if change.cost)
    return Spending(total(committed), total(billed), trained, unsettled)


def _bill(cost: Cost | None, run: Record | Observed | None) -> Cost | None:
    """What a run was billed; None where it was never to be paid for, or has no bill yet."""
    if cost is None or cost.is_free:
        return cost
    tokens = trained(run.facts) if run and run.phase.is_terminal else 0
    if run and is_unbilled(run.phase, run.status) and not tokens:
        return FREE
    return bill(tokens, cost.basis.price if cost.basis else None) if tokens else None
