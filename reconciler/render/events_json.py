"""Events of an apply as JSON Lines."""

from typing import Any

from reconciler.core.address import Address
from reconciler.core.resource import Observed
from reconciler.errors import ReconcilerError
from reconciler.events import Done, Doubtful, Event, Failed, Skipped, Started, Unrecorded


def event_document(event: Event) -> dict[str, Any]:
    """One event; `type` tells which."""
    head = {
        "type": type(event).__name__.lower(),
        "address": str(event.change.address),
        "action": event.change.action.word,
    }
    match event:
        case Started():
            return head
        case Done(_, id_, status):
            return head | {"id": id_, "status": status}
        case Failed(_, error) | Doubtful(_, error):
            return head | {"error": _parts(error)}
        case Unrecorded(_, id_, error):
            return head | {"id": id_, "error": _parts(error)}
        case Skipped(_, reason):
            return head | {"reason": reason}


def _parts(error: ReconcilerError) -> dict[str, str]:
    """The four parts of an error, empty ones too."""
    return {"what": error.what, "where": error.where, "why": error.why, "cure": error.cure}


def job_document(address: Address, seen: Observed) -> dict[str, Any]:
    """A job that is waited for, each time its status has changed."""
    model = seen.facts.get("fine_tuned_model")
    head = {"type": "job", "address": str(address), "id": seen.id}
    return head | {"status": seen.status, "fine_tuned_model": model}
