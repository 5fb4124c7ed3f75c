"""The manifest entry of a job: the API's create request, with names for files.

Ranges are those of the API's own description (see docs/reference); unset fields are not sent.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

Auto = Literal["auto"]

RESERVED = frozenset(
    {
        "model", "training_file", "validation_file", "method", "hyperparameters", "suffix",
        "seed", "integrations", "metadata",
    }
)  # fmt: skip
"""Fields of the create request: `extra` may not name one."""

MAX_PAIRS = 10
"""Of the API's 16 metadata pairs; six are the marker."""


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Hyperparameters(_Strict):
    """Each a number, or `auto`: the server then chooses."""

    n_epochs: Auto | Annotated[int, Field(ge=1, le=50)] | None = Field(
        None, description="Passes over the training data.", examples=[4]
    )
    batch_size: Auto | Annotated[int, Field(ge=1, le=256)] | None = Field(
        None, description="Examples a step."
    )
    learning_rate_multiplier: (
        Auto | Annotated[float, Field(gt=0)] | Annotated[int, Field(gt=0)] | None
    ) = Field(None, description="Scales the learning rate.")


class Supervised(_Strict):
    """Settings of supervised fine-tuning."""

    hyperparameters: Hyperparameters | None = None


class Method(_Strict):
    """How the model is trained; the settings stand under the key of the same name."""

    type: Literal["supervised"]
    supervised: Supervised | None = None


class Retry(_Strict):
    """Whether a failed job may be tried again without a person."""

    max: Annotated[int, Field(ge=0, le=10)] = Field(0, description="At most so many more tries.")
    on: list[str] = Field(
        [],
        description="Only after these error codes; unset: after any.",
        examples=[["server_error"]],
    )


class JobSpec(_Strict):
    """One entry of `jobs`: a fine-tuning job that should have been run."""

    model: Annotated[str, Field(min_length=1)] = Field(
        description="The base model.", examples=["gpt-4.1-mini-2025-04-14"]
    )
    training_file: Annotated[str, Field(min_length=1)] = Field(
        description="The name of an entry of `files`.", examples=["support-train"]
    )
    validation_file: Annotated[str, Field(min_length=1)] | None = Field(
        None, description="The name of an entry of `files`."
    )
    method: Method | None = Field(None, description="Unset: supervised, all `auto`.")
    suffix: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        None, description="Stands in the model's name."
    )
    seed: Annotated[int, Field(ge=0, le=2_147_483_647)] | None = None
    integrations: list[dict[str, Any]] | None = None
    metadata: (
        Annotated[
            dict[
                Annotated[str, Field(max_length=64)],
                Annotated[str, Field(max_length=512)],
            ],
            Field(max_length=MAX_PAIRS),
        ]
        | None
    ) = Field(None, description="Your own pairs; they do not decide what is trained.")
    extra: dict[str, Any] | None = Field(
        None, description="Sent as it is, for what an endpoint adds to the API."
    )
    generation: Annotated[int, Field(ge=1)] = Field(
        1, description="Raise it to run the very same job again, on purpose."
    )
    retry: Retry = Retry()
    protect: bool = Field(False, description="Refuse every plan that would cancel it.")

    @field_validator("extra")
    @classmethod
    def _no_known_field(cls, extra: dict[str, Any] | None) -> dict[str, Any] | None:
        if known := sorted(RESERVED & set(extra or {})):
            raise ValueError(f"extra may not name {', '.join(known)}: set it as a field of the job")
        return extra

    @field_validator("metadata")
    @classmethod
    def _no_marker(cls, metadata: dict[str, str] | None) -> dict[str, str] | None:
        if any(key.startswith("reconciler_") for key in metadata or {}):
            raise ValueError("metadata keys that begin with reconciler_ are the marker's")
        return metadata

    @property
    def epochs(self) -> int | str | None:
        """Passes over the data, where the manifest says so."""
        settings = self.method.supervised if self.method else None
        numbers = settings.hyperparameters if settings else None
        return numbers.n_epochs if numbers else None
