"""Where else a job reports to: Weights & Biases, the only one that the API has."""

from typing import Annotated, Literal

from reconciler.kinds.spec.spec import INTERPOLATED, Many, Spec, Text, says


class Wandb(Spec, frozen=True):
    """A run at Weights & Biases."""

    project: Annotated[Text, says("The project that gets the run.", "support-bots"), INTERPOLATED]
    name: Annotated[Text | None, says("The run's name; unset: the job's id."), INTERPOLATED] = None
    entity: Annotated[
        Text | None,
        says("The team or user that the run belongs to; unset: the key's own."),
        INTERPOLATED,
    ] = None
    tags: Annotated[
        Many[Annotated[Text, INTERPOLATED]] | None,
        says("Tags of the run.", ["nightly"]),
    ] = None


class Integration(Spec, frozen=True):
    """One integration."""

    type: Annotated[Literal["wandb"], says("Always `wandb`: Weights & Biases.")]
    wandb: Annotated[Wandb, says("Its settings.")]
