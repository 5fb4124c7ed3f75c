"""Lineage as JSON: its members and what they mean; `schema/lineage-v1.json` is made from this.

Within a version members are only added, as in a plan.
"""

from typing import Annotated, Literal

from pydantic import WithJsonSchema
from typing_extensions import TypedDict  # pydantic takes no other before Python 3.12

from reconciler.render.cost_shape import CostDocument
from reconciler.render.documented import documented
from reconciler.render.plan_shape import AddressText

Time = Annotated[int, WithJsonSchema({"type": "integer", "examples": [1795356000]})]
Setting = Annotated[object, WithJsonSchema({"type": ["string", "number", "boolean", "array"]})]


@documented
class MadeDocument(TypedDict):
    """By whom something was made; null where it is not known."""

    who: str | None
    """The account."""
    commit: str | None
    """What was checked out, with `-dirty` after it where tracked files differed."""
    run_url: str | None
    """The page of the CI run."""
    at: Time | None
    """The API's time, Unix seconds."""


@documented
class DataDocument(TypedDict):
    """The bytes that a job read, and the file that they were; never a row of them."""

    field: str | None
    """How they are read, as the API names it; null for a file by itself."""
    file: str | None
    """The file's id."""
    address: AddressText | None
    """Whose file it is, or was; null where it is not ours."""
    filename: str | None
    """What the endpoint calls it; null where it is not listed."""
    sha256: str | None
    """Of the bytes: 64 hex digits, or the first 32, where only a marker tells."""
    rows: int | None
    """Examples."""
    bytes: int | None
    """Their size."""
    is_listed: bool
    """Whether the endpoint still has the file."""
    expired_at: Time | None
    """When it expired, where that is why it has not."""
    made: MadeDocument
    """Who uploaded it."""
    unknown: list[str]
    """Which of its members should be known and are not."""
    why_unknown: str | None
    """Why not; null where all is known."""


@documented
class JobDocument(TypedDict):
    """A fine-tuning job, and what it was made of."""

    id: str
    """The job's id."""
    address: AddressText | None
    """Whose job it is, or was."""
    status: str
    """The latest that is known, as the API has it."""
    attempt: str
    """`GENERATION.TRY`."""
    fingerprint: str
    """Of all that decides what is trained."""
    base_model: str
    """The model that it began with; empty where that is not known."""
    parent: str | None
    """The id of the job that made that one, where it is of this owner."""
    settings: dict[str, Setting]
    """Dotted field → value: method, hyperparameters, seed, suffix, as the server resolved them."""
    data: list[DataDocument]
    """What it read."""
    tokens: int | None
    """Of one pass over the training data, as counted when it was made."""
    trained_tokens: int | None
    """That were billed."""
    billed: CostDocument | None
    """What that cost; null where it is not known, or not yet."""
    made: MadeDocument
    """Who started it."""
    finished_at: Time | None
    """When it ended."""
    reason: str | None
    """Why a person asked for it once more."""
    is_listed: bool
    """Whether the endpoint still shows it."""
    unknown: list[str]
    """Which of its members should be known and are not; `who` and `commit` are those of `made`."""
    why_unknown: str | None
    """Why not; null where all is known."""


@documented
class UseDocument(TypedDict):
    """An alias that points at the model, or did."""

    alias: AddressText
    """Which."""
    is_current: bool
    """Whether it points at it now."""
    is_pinned: bool
    """Whether the manifest pins it to it."""
    at: Time | None
    """When it was promoted."""
    who: str | None
    """By whom."""
    commit: str | None
    """What was checked out then."""
    outcome: str | None
    """Of its checks: `pass`, `forced`; null where there were none."""
    passed: int | None
    """So many of its checks passed."""
    total: int | None
    """So many there were."""
    reason: str | None
    """What a person said who went on in spite of them."""
    told_by: str | None
    """The file that says so, where the state does not know it."""


@documented
class LossDocument(TypedDict):
    """A loss at one step."""

    loss: float
    """It."""
    step: int
    """The step."""


@documented
class LossesDocument(TypedDict):
    """What a job learnt, by one metric."""

    metric: str
    """`train_loss`, `valid_loss` or `full_valid_loss`."""
    final: float | None
    """At the end."""
    best: LossDocument | None
    """The lowest."""


@documented
class ModelDocument(TypedDict):
    """A model and where it is from; or a job that has none."""

    model: str | None
    """Its id; null where the job has made none."""
    step: int | None
    """Of a checkpoint: at which it was saved; null for what was there at the end."""
    is_listed: bool | None
    """Whether the endpoint has it; null where it tells no models."""
    uses: list[UseDocument]
    """The aliases that point at it, then those that did."""
    losses: list[LossesDocument]
    """Of the job; empty where they were not read: they are where one model is asked for."""
    job: JobDocument | None
    """What made it; null where no job of this owner did."""
    earlier_jobs: list[JobDocument]
    """The job that made the model that this one began with, and so on."""


@documented
class LineageDocument(TypedDict):
    """Which data made which model."""

    format_version: Literal[1]
    """The version of this format."""
    owner: str
    """`PROJECT`, or `PROJECT/ENVIRONMENT`."""
    endpoint: str
    """Where the resources live: the API's base URL, or `simulator`."""
    target: str | None
    """What was asked for; null: every model."""
    file: DataDocument | None
    """The file that was asked for; `models` is then what was trained on it."""
    models: list[ModelDocument]
    """The models, the latest first."""
