"""The manifest entry of a job: the API's create request, with names for files.

Fields have the API's names and shapes; what is unset is not sent.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, ClassVar, Never

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic.json_schema import SkipJsonSchema

from reconciler.core.address import Address
from reconciler.kinds.spec import base_model
from reconciler.kinds.spec.hyperparameters import (
    DpoHyperparameters,
    ReinforcementHyperparameters,
)
from reconciler.kinds.spec.integrations import Integration
from reconciler.kinds.spec.methods import Method, settings_of
from reconciler.kinds.spec.pairs import Extra, Metadata
from reconciler.kinds.spec.strict import INTERPOLATED, Many, Strict, Text, wrong

MAX_SEED = 2_147_483_647

_SETTINGS = ("method", "{type}", "hyperparameters")
_HYPERPARAMETERS = (*DpoHyperparameters.model_fields, *ReinforcementHyperparameters.model_fields)
_PLAIN = ("model", "seed", "suffix", "training_file", "validation_file")


def _refuse_hyperparameters(_: object) -> Never:
    raise wrong(
        "deprecated-key",
        "is the API's old place for settings",
        why="they stand under the method that they are for",
        cure="write method: {type: supervised, supervised: {hyperparameters: …}}",
    )


class Retry(Strict):
    """Whether a failed job may be tried again without a person."""

    max: Annotated[int, Field(ge=0, le=10)] = Field(
        0, description="At most so many more tries; each is paid for.", examples=[1]
    )
    on: Many[Text] = Field(
        (),
        description="Only after these error codes; unset: after any.",
        examples=[["server_error"]],
    )


class JobSpec(Strict):
    """One entry of `jobs`: a fine-tuning job that should have been run.

    Attributes:
        MATRIX: key of `matrix` → where its value stands in an entry; `{type}` is the type of the
            entry's method.
    """

    MATRIX: ClassVar[Mapping[str, tuple[str, ...]]] = {
        **{key: (*_SETTINGS, key) for key in _HYPERPARAMETERS},
        **{key: (key,) for key in _PLAIN},
    }

    model: Annotated[str, AfterValidator(base_model.checked)] = Field(
        min_length=1,
        description="The base model: an id, or `jobs.NAME`, the model of another job here.",
        examples=["gpt-4.1-mini-2025-04-14", "jobs.support-base"],
        json_schema_extra=INTERPOLATED,
    )
    training_file: Text = Field(
        description="What it learns from: the name of an entry of `files`.",
        examples=["support-train"],
    )
    validation_file: Text | None = Field(
        None,
        description="What it is measured with: the name of an entry of `files`. "
        "Reinforcement needs one.",
        examples=["support-valid"],
    )
    method: Method | None = Field(None, description="Unset: supervised, all `auto`.")
    suffix: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        None,
        description="Stands in the model's name; 1 to 64 characters, at some endpoints 40.",
        examples=["support"],
        json_schema_extra=INTERPOLATED,
    )
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] | None = Field(
        None, description="The same seed, nearly the same model; unset: the server's.", examples=[7]
    )
    integrations: Annotated[Many[Integration], Field(max_length=5)] | None = Field(
        None,
        description="Where else it reports to, 5 at the most; they do not decide what is trained.",
        examples=[[{"type": "wandb", "wandb": {"project": "support-bots"}}]],
    )
    metadata: Metadata | None = Field(
        None,
        description="Your own pairs, 10 at the most; they do not decide what is trained.",
        examples=[{"team": "support"}],
    )
    extra: Extra | None = Field(
        None,
        description="Sent as it is, for what an endpoint adds to the API.",
        examples=[{"trainingType": "GlobalStandard"}],
    )
    generation: Annotated[int, Field(ge=1)] = Field(
        1, description="Raise it to run the very same job again, on purpose."
    )
    retry: Retry = Field(
        Retry(), description="Whether a failed job may be tried again without a person."
    )
    paused: bool = Field(
        False, description="Withholds the create, or pauses the job that runs; false resumes it."
    )
    protect: bool = Field(False, description="Refuse every plan that would cancel it.")
    # Known only in order to say where it belongs; it has no value and is not in the JSON Schema.
    hyperparameters: Annotated[SkipJsonSchema[None], BeforeValidator(_refuse_hyperparameters)] = (
        Field(None, exclude=True, repr=False, description="Refused: write it under method.")
    )

    @cached_property
    def references(self) -> Mapping[str, Address]:
        """API field → the entry of this manifest that it reads; asked for again and again."""
        refs = {"training_file": Address("files", self.training_file)}
        if self.validation_file:
            refs["validation_file"] = Address("files", self.validation_file)
        if base := base_model.job_of(self.model):
            refs["model"] = Address("jobs", base)
        return refs

    @property
    def epochs(self) -> int | str | None:
        """Passes over the data, where the manifest says so."""
        settings = settings_of(self.method) if self.method else None
        numbers = settings.hyperparameters if settings else None
        return numbers.n_epochs if numbers else None
