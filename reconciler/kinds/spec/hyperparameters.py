"""Hyperparameters of the three methods: each a number, or `auto`: the server then chooses."""

from typing import Annotated, Literal

from pydantic import Field

from reconciler.kinds.spec.strict import Strict

Auto = Literal["auto"]
Whole = Annotated[int, Field(ge=1)]

DEFAULTS = ("auto", "default")
"""What says no more than an unset one; `default` is that of `reasoning_effort`."""


class Hyperparameters(Strict):
    """What every method has; unset is `auto`."""

    n_epochs: Auto | Annotated[int, Field(ge=1, le=50)] | None = Field(
        None, description="Passes over the training data, 1 to 50.", examples=[4, "auto"]
    )
    batch_size: Auto | Annotated[int, Field(ge=1, le=256)] | None = Field(
        None, description="Examples a step, 1 to 256.", examples=[8, "auto"]
    )
    learning_rate_multiplier: Auto | Annotated[float, Field(gt=0)] | None = Field(
        None, description="Scales the learning rate; more than 0.", examples=[0.5, "auto"]
    )


class DpoHyperparameters(Hyperparameters):
    """Those of direct preference optimization."""

    beta: Auto | Annotated[float, Field(gt=0, le=2)] | None = Field(
        None,
        description="How strongly the model is held to what it was; more than 0, at most 2.",
        examples=[0.1, "auto"],
    )


class ReinforcementHyperparameters(Hyperparameters):
    """Those of reinforcement fine-tuning."""

    compute_multiplier: Auto | Annotated[float, Field(gt=0.00001, le=10)] | None = Field(
        None,
        description="Scales the compute spent on exploring; more than 0.00001, at most 10.",
        examples=[1.0, "auto"],
    )
    eval_interval: Auto | Whole | None = Field(
        None, description="Training steps between two evaluations.", examples=[5, "auto"]
    )
    eval_samples: Auto | Whole | None = Field(
        None, description="Evaluation samples a training step.", examples=[2, "auto"]
    )
    reasoning_effort: Literal["default", "low", "medium", "high"] | None = Field(
        None, description="How long the model thinks; it has no `auto`.", examples=["medium"]
    )
