"""One entry of `models`: a name that applications know, and the model that it should point at."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from reconciler.core.address import Address
from reconciler.core.alias import is_writable
from reconciler.kinds.spec.checks import MOST_CHECKS, Check
from reconciler.kinds.spec.strict import INTERPOLATED, Many, Strict, Text, wrong


def _checked_pin(model: str) -> str:
    if not is_writable(model):
        raise wrong("bad-model", "is not the id of a model", cure="copy it: reconciler models")
    return model


class ModelSpec(Strict):
    """One entry of `models`: an alias, which is promoted from model to model."""

    job: Text | None = Field(
        None,
        description="The job whose model it points at: the name of an entry of `jobs`.",
        examples=["support-bot"],
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
        if self.job is None and self.pin is None:
            raise wrong(
                "points-nowhere",
                "points at nothing",
                why="an alias is of a job, or of a model that is pinned",
                cure="add job: NAME, an entry of jobs; or pin: MODEL",
            )
        return self

    @property
    def references(self) -> Mapping[str, Address]:
        """The job that it follows; while a pin stands beside it, the pin holds."""
        return {"job": Address("jobs", self.job)} if self.job else {}
