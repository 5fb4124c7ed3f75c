"""Events of an apply as JSON Lines."""

from reconciler.core.address import Address
from reconciler.core.resource import MODEL, Observed
from reconciler.errors import ReconcilerError
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
from reconciler.render.events_shape import (
    DoneEvent,
    DoubtfulEvent,
    ErrorParts,
    FailedEvent,
    JobEvent,
    PostponedEvent,
    SendingEvent,
    SkippedEvent,
    StartedEvent,
    StepDocument,
    UnrecordedEvent,
)


def event_document(event: Event) -> StepDocument:
    """One event; `type` tells which."""
    at, act = str(event.change.address), event.change.action.word
    match event:
        case Started():
            return StartedEvent(type="started", address=at, action=act)
        case Sending(_, sent, total):
            return SendingEvent(type="sending", address=at, action=act, sent=sent, total=total)
        case Done(_, id_, status):
            return DoneEvent(type="done", address=at, action=act, id=id_, status=status)
        case Failed(_, error):
            return FailedEvent(type="failed", address=at, action=act, error=_parts(error))
        case Doubtful(_, error):
            return DoubtfulEvent(type="doubtful", address=at, action=act, error=_parts(error))
        case Unrecorded(_, id_, error):
            parts = _parts(error)
            return UnrecordedEvent(type="unrecorded", address=at, action=act, id=id_, error=parts)
        case Postponed(_, error):
            return PostponedEvent(type="postponed", address=at, action=act, error=_parts(error))
        case Skipped(_, reason):
            return SkippedEvent(type="skipped", address=at, action=act, reason=reason)


def _parts(error: ReconcilerError) -> ErrorParts:
    """The four parts of an error, empty ones too."""
    return ErrorParts(what=error.what, where=error.where, why=error.why, cure=error.cure)


def job_document(address: Address, seen: Observed) -> JobEvent:
    """A job that is waited for, each time its status has changed."""
    model = seen.facts.get(MODEL)
    return JobEvent(
        type="job",
        address=str(address),
        id=seen.id,
        status=seen.status,
        fine_tuned_model=str(model) if model else None,
    )
