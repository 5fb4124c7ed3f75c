"""Hyperparameters of the three methods: each a number, or `auto`: the server then chooses."""

from typing import Annotated, Literal

from msgspec import Meta

from reconciler.kinds.spec.spec import Spec, says

Auto = Literal["auto"]
Whole = Annotated[int, Meta(ge=1)]

DEFAULTS = ("auto", "default")
"""What says no more than an unset one; `default` is that of `reasoning_effort`."""


class Hyperparameters(Spec, frozen=True):
    """What every method has; unset is `auto`."""

    n_epochs: Annotated[
        Auto | Annotated[int, Meta(ge=1, le=50)] | None,
        says("Passes over the training data, 1 to 50.", 4, "auto"),
    ] = None
    batch_size: Annotated[
        Auto | Annotated[int, Meta(ge=1, le=256)] | None,
        says("Examples a step, 1 to 256.", 8, "auto"),
    ] = None
    learning_rate_multiplier: Annotated[
        Auto | Annotated[float, Meta(gt=0)] | None,
        says("Scales the learning rate; more than 0.", 0.5, "auto"),
    ] = None


class DpoHyperparameters(Hyperparameters, frozen=True):
    """Those of direct preference optimization."""

    beta: Annotated[
        Auto | Annotated[float, Meta(gt=0, le=2)] | None,
        says("How strongly the model is held to what it was; more than 0, at most 2.", 0.1, "auto"),
    ] = None


class ReinforcementHyperparameters(Hyperparameters, frozen=True):
    """Those of reinforcement fine-tuning."""

    compute_multiplier: Annotated[
        Auto | Annotated[float, Meta(gt=0.00001, le=10)] | None,
        says("Scales the compute spent on exploring; more than 0.00001, at most 10.", 1.0, "auto"),
    ] = None
    eval_interval: Annotated[
        Auto | Whole | None, says("Training steps between two evaluations.", 5, "auto")
    ] = None
    eval_samples: Annotated[
        Auto | Whole | None, says("Evaluation samples a training step.", 2, "auto")
    ] = None
    reasoning_effort: Annotated[
        Literal["default", "low", "medium", "high"] | None,
        says("How long the model thinks; it has no `auto`.", "medium"),
    ] = None
