"""One line of the audit log: who did what to which object, by which commit, and what came of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from reconciler.core.plan import Change
from reconciler.core.resource import Record
from reconciler.events import (
    Done,
    Doubtful,
    Event,
    Failed,
    Postponed,
    Sending,
    Skipped,
    Started,
    Unrecorded,
)


@dataclass(frozen=True, slots=True)
class Doer:
    """On whose behalf something is done.

    Attributes:
        who: the account of the CI system or of the machine.
        review: the digest that was reviewed; empty where a person said yes.
        commit, run_url: of the CI run; empty where there is none.
    """

    owner: str
    endpoint: str
    command: str
    who: str
    host: str
    commit: str = ""
    run_url: str = ""
    review: str = ""


def audited(event: Event, doer: Doer, before: Record | None, now: str) -> Mapping[str, Any] | None:
    """The line for an event; None for what is no news.

    Args:
        before: what the state recorded at the address when the plan was made.
    """
    told = _told(event)
    if told is None:
        return None
    change, (outcome, id_, error) = event.change, told
    return {
        "time": now,
        **asdict(doer),
        "address": str(change.address),
        "action": change.action.word,
        "reason": change.reason,
        "outcome": outcome,
        "before": _recorded(before),
        "after": _made(change, id_, event.status if isinstance(event, Done) else ""),
        "usd": str(change.cost.high) if change.cost and change.cost.high is not None else None,
        "error": error or None,
    }


def _told(event: Event) -> tuple[str, str, str] | None:
    """What came of it, the object that it was done to, and what went wrong."""
    match event:
        case Sending() | Skipped() | Postponed():
            return None
        case Started():
            return "begun", "", ""
        case Done(_, id_):
            return "done", id_, ""
        case Failed(_, failure):
            return "failed", "", failure.what
        case Doubtful(_, failure):
            return "unsettled", "", failure.what
        case Unrecorded(_, id_, failure):
            return "done", id_, failure.what


def by_hand(doer: Doer, action: str, id_: str, now: str) -> Mapping[str, Any]:
    """The line for what one command did to one object, without a plan."""
    return {
        "time": now,
        **asdict(doer),
        "address": None,
        "action": action,
        "reason": "by hand",
        "outcome": "done",
        "before": {"id": id_},
        "after": None,
        "usd": None,
        "error": None,
    }


def _recorded(record: Record | None) -> Mapping[str, Any] | None:
    if record is None:
        return None
    return {"id": record.id, "fingerprint": record.fingerprint, "status": record.status}


def _made(change: Change, id_: str, status: str) -> Mapping[str, Any] | None:
    """What there is afterwards; None where nothing was made."""
    if not id_ or change.action.destroys:
        return None
    fingerprint = change.resource.fingerprint if change.resource else None
    return {"id": id_, "fingerprint": fingerprint, "status": status or None}
