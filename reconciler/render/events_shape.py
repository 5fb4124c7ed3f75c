"""What an apply tells as JSON Lines: its events; `schema/events-v1.json` is made from this.

The rules of `plan_shape` hold for them, and so does its version: a stream begins with a plan.
"""

from typing import Literal, NotRequired, TypeAlias

from typing_extensions import TypedDict

from reconciler.render.cost_shape import SpendingDocument
from reconciler.render.documented import documented
from reconciler.render.plan_shape import (
    ActionWord,
    AddressText,
    FindingDocument,
    PlanDocument,
)


@documented
class ErrorParts(TypedDict):
    """An error of one change: what, where, why, cure; parts that do not apply are empty."""

    what: str
    """The error."""
    where: str
    """Its place: a request, a file."""
    why: str
    """The cause, an endpoint's own words quoted."""
    cure: str
    """A command or an edit."""


@documented
class StartedEvent(TypedDict):
    """The effect of a change begins."""

    type: Literal["started"]
    address: AddressText
    """What it is about."""
    action: ActionWord
    """What is done."""


@documented
class SendingEvent(TypedDict):
    """How far an upload is; about once a second while one lasts."""

    type: Literal["sending"]
    address: AddressText
    """What it is about."""
    action: ActionWord
    """What is done."""
    sent: int
    """Bytes that went out; less than before where some had to go again."""
    total: int
    """Bytes of the whole."""


@documented
class DoneEvent(TypedDict):
    """A change took effect, and is recorded."""

    type: Literal["done"]
    address: AddressText
    """What it is about."""
    action: ActionWord
    """What was done."""
    id: str
    """The object that it made or acted on."""
    status: str
    """The API's word for how that object stands; empty where it tells none."""


@documented
class FailedEvent(TypedDict):
    """A change certainly did not take effect."""

    type: Literal["failed"]
    address: AddressText
    """What it is about."""
    action: ActionWord
    """What was tried."""
    error: ErrorParts
    """Why not."""


@documented
class DoubtfulEvent(TypedDict):
    """A change may have taken effect or not; a later apply finds out before it does anything."""

    type: Literal["doubtful"]
    address: AddressText
    """What it is about."""
    action: ActionWord
    """What was tried."""
    error: ErrorParts
    """Why it is not known."""


@documented
class UnrecordedEvent(TypedDict):
    """A change took effect and could not be written down; the next apply adopts what it made."""

    type: Literal["unrecorded"]
    address: AddressText
    """What it is about."""
    action: ActionWord
    """What was done."""
    id: str
    """The object that it made or acted on."""
    error: ErrorParts
    """Why it is not recorded."""


@documented
class PostponedEvent(TypedDict):
    """The endpoint takes no further job now: nothing was made, and a later round tries again."""

    type: Literal["postponed"]
    address: AddressText
    """What it is about."""
    action: ActionWord
    """What was to be done."""
    error: ErrorParts
    """What the endpoint said, and how it is made after all."""


@documented
class SkippedEvent(TypedDict):
    """A change was not started."""

    type: Literal["skipped"]
    address: AddressText
    """What it is about."""
    action: ActionWord
    """What was to be done."""
    reason: str
    """Why not, for people."""


@documented
class JobEvent(TypedDict):
    """A job that is waited for, first and each time its status has changed."""

    type: Literal["job"]
    address: AddressText
    """Whose job it is."""
    id: str
    """The job at the API."""
    status: str
    """The API's own word; an open set."""
    fine_tuned_model: str | None
    """The model, once there is one."""


Fate = Literal["failed", "unrecorded", "unsettled", "skipped", "waiting", "running"]


@documented
class UnfinishedDocument(TypedDict):
    """An address that is not yet where the plan wanted it."""

    fate: Fate
    """What became of it; more words may come. Each is counted in the member of its name."""
    address: AddressText
    """What it is about."""
    words: str
    """What is known of it, for people."""


@documented
class EndEvent(TypedDict):
    """The last line of a stream, but for an error after it."""

    type: Literal["end"]
    exit_code: int
    """What the command exits with."""
    done: int
    """Changes that took effect."""
    failed: int
    """Changes that did not."""
    skipped: int
    """Changes that were not started."""
    waiting: int
    """Changes that wait for something."""
    unsettled: int
    """Changes of which it is not known."""
    unrecorded: int
    """Changes that took effect and are not in the state."""
    running: int
    """Jobs that have not ended."""
    findings: list[FindingDocument]
    """What was found since the plan was shown."""
    unfinished: NotRequired[list[UnfinishedDocument]]
    """What is not done, address by address."""
    next: NotRequired[str]
    """The command that goes on from here; empty where none is obvious."""
    paid: NotRequired[SpendingDocument]
    """What the runs cost that this apply made."""


@documented
class ProblemDocument(TypedDict):
    """One mistake in a manifest or a dataset, or a warning."""

    severity: Literal["error", "warning"]
    """Whether it stops everything."""
    code: str
    """The rule, for `reconciler explain`."""
    what: str
    """The problem."""
    file: NotRequired[str]
    """Where it has a place in a file: which."""
    line: NotRequired[int]
    """From 1."""
    column: NotRequired[int]
    """From 1, in characters."""
    why: str
    """Why it matters; may be empty."""
    cure: str
    """An edit; may be empty."""


@documented
class Failure(TypedDict):
    """Why a command ended; parts that do not apply are left out."""

    exit_code: int
    """What the command exits with."""
    what: str
    """The error."""
    where: NotRequired[str]
    """Its place."""
    why: NotRequired[str]
    """The cause."""
    cure: NotRequired[str]
    """A command or an edit."""
    problems: NotRequired[list[ProblemDocument]]
    """All that is wrong with a manifest and its datasets."""


@documented
class ErrorEvent(TypedDict):
    """The last line of any command that ended with an error."""

    type: Literal["error"]
    error: Failure
    """What it ended with."""


StepDocument: TypeAlias = (
    StartedEvent
    | SendingEvent
    | DoneEvent
    | FailedEvent
    | DoubtfulEvent
    | UnrecordedEvent
    | PostponedEvent
    | SkippedEvent
)

EventDocument: TypeAlias = PlanDocument | StepDocument | JobEvent | EndEvent | ErrorEvent
"""Any line of the stream; `type` tells which."""
