"""Drift: what changed outside since the last apply. It is said apart, and decides nothing.

A recorded object is gone, has expired, failed, was cancelled, paused or let go on, or its model was
deleted, and none of it was our doing.
"""

from collections.abc import Collection, Iterator

from msgspec.structs import replace

from reconciler.core.address import Address
from reconciler.core.entries import Put
from reconciler.core.plan import Drift, Outside
from reconciler.core.resource import HELD, MODEL, Observed, Phase, Record
from reconciler.core.view import View
from reconciler.core.words import day

LOST = {Outside.GONE: "is ", Outside.EXPIRED: ""}
"""What stands between an id and how it was lost."""


KNOWN_LOSS = "lost"
"""Fact of a record: how its object was lost, since an apply has taken note of it."""


def drifted(view: View, told: Collection[Address]) -> Iterator[Drift]:
    """Everything that changed outside, by address.

    Args:
        told: addresses of which a change or a finding says what follows.
    """
    doubtful = view.records.keys() - view.at_rest
    for address in sorted(a for a in doubtful if not _is_as_recorded(view, view.records[a])):
        record, seen = view.records[address], view.seen(address)
        if found := _changed(view, record, seen) if seen else _news(view, record):
            how, words = found
            what = words if seen else f"{record.id} {LOST[how]}{words}"
            note = "" if address in told else _why_nothing(view, address, how)
            status = seen.status if seen else ""
            yield Drift(address, record.id, how, what, record.status, status, note)


def noted_loss(view: View, address: Address) -> Iterator[Put]:
    """The entry by which a loss of which nothing follows is told once, if it is not known yet."""
    record = view.records.get(address)
    if record and (found := _news(view, record)):
        facts = {**record.facts, KNOWN_LOSS: found[0].value}
        yield Put(address, replace(record, facts=facts))


def _news(view: View, record: Record) -> tuple[Outside, str] | None:
    found = loss(view, record)
    return None if found and record.facts.get(KNOWN_LOSS) == found[0].value else found


def _is_as_recorded(view: View, record: Record) -> bool:
    """Whether it is at a glance."""
    seen = view.live.objects.get(record.id)
    return seen is not None and seen.status == record.status and seen.is_usable


def loss(view: View, record: Record | None) -> tuple[Outside, str] | None:
    """How a recorded object was lost, also in words; None where nothing was."""
    if record is None or record.id not in view.live.gone:
        return None
    if record.expires_at and view.live.date and view.live.date >= record.expires_at:
        return Outside.EXPIRED, f"expired on {day(record.expires_at)}"
    return Outside.GONE, "gone (404)"


def _changed(view: View, record: Record, seen: Observed) -> tuple[Outside, str] | None:
    was = f"{seen.status} (was {record.status})"
    is_ended = seen.phase is Phase.FAILED and record.phase is not Phase.FAILED
    if is_ended and seen.status == "cancelled":
        return None if seen.id in view.state.cancelled else (Outside.CANCELLED, was)
    if is_ended:
        return Outside.FAILED, was
    if not seen.is_usable and "model_deleted" not in record.facts:
        model = seen.facts.get(MODEL, "its model")
        return Outside.MODEL_DELETED, f"{model} was deleted"
    if seen.is_paused is not (record.status in HELD) and record.id not in view.state.holding:
        return Outside.PAUSED if seen.is_paused else Outside.RESUMED, was
    return None


def _why_nothing(view: View, address: Address, how: Outside) -> str:
    """Why nothing follows from it."""
    if how not in (Outside.GONE, Outside.EXPIRED):
        return "nothing to do: as the manifest says"
    if view.is_run(address):
        return "nothing to do: it had finished, and is not trained again"
    return "not needed: its job exists" if address in view.read else "not made again"
