"""Where else a job reports to: Weights & Biases, the only one that the API has."""

from typing import Annotated, Literal

from pydantic import Field

from reconciler.kinds.spec.strict import INTERPOLATED, Many, Strict, Text


class Wandb(Strict):
    """A run at Weights & Biases."""

    project: Text = Field(
        description="The project that gets the run.",
        examples=["support-bots"],
        json_schema_extra=INTERPOLATED,
    )
    name: Text | None = Field(
        None, description="The run's name; unset: the job's id.", json_schema_extra=INTERPOLATED
    )
    entity: Text | None = Field(
        None,
        description="The team or user that the run belongs to; unset: the key's own.",
        json_schema_extra=INTERPOLATED,
    )
    tags: Many[Annotated[str, Field(min_length=1, json_schema_extra=INTERPOLATED)]] | None = Field(
        None, description="Tags of the run.", examples=[["nightly"]]
    )


class Integration(Strict):
    """One integration."""

    type: Literal["wandb"] = Field(description="Always `wandb`: Weights & Biases.")
    wandb: Wandb = Field(description="Its settings.")
