"""A plan as JSON: its members and what they mean; `schema/plan-v1.json` is made from this.

Within a version members are only added, and an added one is `NotRequired`: documents of earlier
releases have no such member. Anything else raises the version.
"""

from typing import Annotated, Literal, NotRequired

from pydantic import WithJsonSchema
from typing_extensions import TypedDict  # pydantic takes no other before Python 3.12

from reconciler.core.plan import Action, Difference, Outside, Severity
from reconciler.render.cost_shape import BudgetDocument, CostDocument, TotalDocument
from reconciler.render.documented import documented

FORMAT_VERSION: Literal[1] = 1


def _one_of(*words: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": list(words)})


AddressText = Annotated[str, WithJsonSchema({"type": "string", "examples": ["jobs.support-bot"]})]
ActionWord = Annotated[str, _one_of(*(action.word for action in Action))]
Digest = Annotated[str, WithJsonSchema({"type": "string", "pattern": "^[0-9a-f]{64}$"})]


@documented
class DetailDocument(TypedDict):
    """One line below a change: a field or a word, and what becomes of it."""

    label: str
    """The field of the manifest (`training_file`), or what is told of (`replaced`)."""
    before: str
    """What it was; empty where it was not."""
    after: str
    """What it becomes; empty where it goes."""
    note: str
    """What else is to be said of it."""
    forces_training: bool
    """Whether this very field is why something is trained again."""


@documented
class ChangeDocument(TypedDict):
    """One thing that an apply would do, or that waits."""

    address: AddressText
    """What it is about."""
    action: ActionWord
    """What is done; more words may come."""
    difference: Annotated[str, _one_of(*Difference)]
    """Between which two of manifest, state and API the change stands, or that a person asked."""
    reason: str
    """Why, for people."""
    awaits: ActionWord | None
    """What becomes of a `waiting` by itself; null where a person has to decide."""
    id: str | None
    """The object at the API that it acts on or displaces; null for what is made new."""
    attempt: str | None
    """`GENERATION.TRY` of what is made; null where nothing is."""
    follows: AddressText | None
    """It is done only once that address's own change is; it is not counted by itself."""
    precedes: NotRequired[AddressText]
    """It is done right before that address's own change, and is not counted by itself."""
    moved_from: AddressText | None
    """The address that it had until now, as `moved` says."""
    details: list[DetailDocument]
    """Field by field; some tell of what stays."""
    cost: NotRequired[CostDocument | None]
    """Of a run that is made or adopted; null for what is never paid for."""


@documented
class DriftDocument(TypedDict):
    """What changed outside since the last apply: observed against recorded."""

    address: AddressText
    """Whose object it is."""
    id: str
    """The object as it is recorded."""
    how: Annotated[str, _one_of(*Outside)]
    """What became of it; more words may come."""
    what: str
    """The same in a sentence."""
    before: str | None
    """Its recorded status; null where none is known."""
    after: str | None
    """Its observed status; null where it is not there."""
    note: str
    """Why nothing follows; empty where a change or a finding of this address says more."""


@documented
class FailureDocument(TypedDict):
    """How a run failed, and what one more would cost."""

    code: str | None
    """Of the API's error, such as `invalid_training_file`; null where it tells none."""
    param: str | None
    """The field of the request that the error is about; null where it tells none."""
    file: str | None
    """The dataset that it is about, as the manifest spells it; null where that is not known."""
    line: int | None
    """Its line; null where that is not known."""
    cost: CostDocument | None
    """Of one more run."""


@documented
class FindingDocument(TypedDict):
    """Something to say that is not a change: what, where, why, cure."""

    severity: Annotated[str, _one_of(*Severity)]
    """How much it matters; `failed`, `unsettled` and `refused` decide the exit code."""
    address: AddressText
    """What it is about."""
    what: str
    """The finding."""
    where: str
    """Its place; parts that do not apply are empty."""
    why: str
    """The cause."""
    cure: str
    """A command or an edit."""
    failure: NotRequired[FailureDocument]
    """Of a job that failed and is not trained again by itself."""


@documented
class SettlementDocument(TypedDict):
    """What was found out about a create of an earlier run."""

    address: AddressText
    """What was to be made."""
    op: str
    """The id of the intent, as the object's metadata carry it."""
    settled: bool
    """Whether it is known now what became of it."""
    id: str | None
    """The object that was made; null where there is none, or none is known."""


@documented
class WarnedDocument(TypedDict):
    """Warnings about data that can be used; `reconciler validate --json` tells each of them."""

    file: str
    """The dataset as the manifest spells it, or the manifest, where it is about their use."""
    count: int
    """How many."""


@documented
class PlanDocument(TypedDict):
    """The difference between what is declared and what is, and what an apply would do about it."""

    type: NotRequired[Literal["plan"]]
    """Where it is a line of a stream, as of `apply`."""
    format_version: Literal[1]
    """The version of this format."""
    owner: str
    """`PROJECT`, or `PROJECT/ENVIRONMENT`."""
    endpoint: str
    """Where the resources live: the API's base URL, or `simulator`."""
    serial: int
    """Of the state that was compared; 0 is none yet."""
    digest: Digest
    """Of what is paid or lost; for `apply --expect`."""
    drift: list[DriftDocument]
    """What changed outside, by address."""
    changes: list[ChangeDocument]
    """What an apply would do, by address; nothing where all is in sync."""
    findings: list[FindingDocument]
    """Standing failures, doubts, warnings and notes."""
    settled: list[SettlementDocument]
    """Creates of earlier runs that were in doubt."""
    in_sync: dict[str, int]
    """Kind (`files`, `jobs`) → how many addresses are as declared."""
    running: dict[str, int]
    """Kind → how many of these are still running."""
    refusals: list[FindingDocument]
    """Why an apply would stop before anything is sent; empty where it would not."""
    cost: NotRequired[TotalDocument]
    """Of all changes together, those that still wait included."""
    budget: NotRequired[BudgetDocument]
    """What may be spent."""
    data_warnings: NotRequired[list[WarnedDocument]]
    """Files of which `validate` has something to say."""
    kept_models: NotRequired[list[str]]
    """Models that a `destroy` without `--models` leaves, though this owner made them."""
