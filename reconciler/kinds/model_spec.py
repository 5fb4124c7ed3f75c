"""One entry of `models`: a name that applications know, and the model that it should point at."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from reconciler.core.address import Address
from reconciler.core.alias import is_writable
from reconciler.kinds.spec.late import Late
from reconciler.kinds.spec.strict import INTERPOLATED, Many, Strict, Text, wrong

if TYPE_CHECKING:
    from reconciler.kinds.spec.checks import Check
else:
    Check = Annotated[Any, Late("reconciler.kinds.spec.checks", "Check")]

MOST_CHECKS = 50
"""Of one alias."""


def _checked_pin(model: str) -> str:
    if not is_writable(model):
        raise wrong("bad-model", "is not the id of a model", cure="copy it: reconciler models")
    return model


Best = Literal["best(train_loss)", "best(valid_loss)", "best(full_valid_loss)"]
"""The lowest loss: on the batch of a step, on one of the validation data, on all of them."""

MOST_CANDIDATES = 256
"""Names that an alias may choose from; a matrix has as many entries at the most."""


Names = Annotated[Many[Text], Field(min_length=1, max_length=MOST_CANDIDATES)]


def _as_list(value: object) -> object:
    return (value,) if isinstance(value, str) else value


class ModelSpec(Strict):
    """One entry of `models`: an alias, which is promoted from model to model."""

    job: Text | None = Field(
        None,
        description="The job whose model it points at: the name of an entry of `jobs`.",
        examples=["support-bot"],
    )
    candidates: (
        Annotated[Names, BeforeValidator(_as_list, json_schema_input_type=Text | Names)] | None
    ) = Field(
        None,
        description="Instead of `job`, the jobs of which one is chosen: a name or a list of names "
        "of entries of `jobs`; a matrix stands for all of its entries.",
        examples=["sweep", ["small", "large"]],
    )
    select: Best | None = Field(
        None,
        description="By which loss one of the candidates is chosen: the lowest, once all of them "
        "have ended. It is the loss of the model that is taken: at the end of the run, or at its "
        "`checkpoint`.",
        examples=["best(valid_loss)"],
    )
    checkpoint: Best | None = Field(
        None,
        description="Take the saved model of the run that has the lowest loss, instead of the one "
        "at its end.",
        examples=["best(full_valid_loss)"],
    )
    pin: Annotated[str, Field(min_length=1), AfterValidator(_checked_pin)] | None = Field(
        None,
        description="The id of a model; it holds over `job`. `reconciler rollback` writes it.",
        examples=["ft:gpt-4.1-mini-2025-04-14:acme:support:4kT7zP1q"],
        json_schema_extra=INTERPOLATED,
    )

    checks: Annotated[Many[Check], Field(max_length=MOST_CHECKS)] | None = Field(
        None,
        description="What the model of the job has to answer before it is promoted; a pin is not "
        "checked.",
        examples=[
            [
                {
                    "messages": [{"role": "user", "content": "Where is my order?"}],
                    "expect": {"contains": "tracking"},
                }
            ]
        ],
    )

    keep_last: Annotated[int, Field(ge=1, le=100)] | None = Field(
        None,
        description="So many of the models that it pointed at are kept, the one in use among "
        "them; older ones are deleted at the endpoint. Unset: all are kept.",
        examples=[3],
    )

    @model_validator(mode="after")
    def _points_somewhere(self) -> Self:
        if self.job is None and self.candidates is None and self.pin is None:
            raise wrong(
                "points-nowhere",
                "points at nothing",
                why="an alias is of a job, of one of several, or of a model that is pinned",
                cure="add job: NAME, an entry of jobs; or candidates; or pin: MODEL",
            )
        if self.job is not None and self.candidates is not None:
            raise wrong(
                "points-twice",
                "has a job, and candidates",
                why="one of the two would lose",
                cure="keep candidates, where one of several is to be chosen",
            )
        if (self.candidates is None) != (self.select is None):
            raise wrong(
                "chooses-by-nothing",
                "needs candidates and select together",
                why="the one says of which jobs, the other by what",
                cure="add select: best(valid_loss), or candidates: NAME",
            )
        return self

    @property
    def references(self) -> Mapping[str, Address]:
        """The jobs that it follows; while a pin stands beside them, the pin holds."""
        if self.job:
            return {"job": Address("jobs", self.job)}
        return {
            f"candidates.{i}": Address("jobs", name) for i, name in enumerate(self.candidates or ())
        }


def metric_of(best: Best | None) -> str:
    """`valid_loss` of `best(valid_loss)`."""
    return (best or "").removeprefix("best(").removesuffix(")")
