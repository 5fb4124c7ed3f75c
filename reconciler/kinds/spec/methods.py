"""How a model is trained: one shape a method, told apart by `type`.

The settings stand under the key of the method's own name and no other, as in the API.
"""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, JsonValue
from pydantic_core import PydanticCustomError

from reconciler.kinds.spec.graders import Grader
from reconciler.kinds.spec.hyperparameters import (
    DpoHyperparameters,
    Hyperparameters,
    ReinforcementHyperparameters,
)
from reconciler.kinds.spec.strict import Strict, wrong, wrong_at


class Supervised(Strict):
    """Settings of supervised fine-tuning."""

    hyperparameters: Hyperparameters | None = Field(None, description="Unset: all `auto`.")


class Dpo(Strict):
    """Settings of direct preference optimization."""

    hyperparameters: DpoHyperparameters | None = Field(None, description="Unset: all `auto`.")


class Reinforcement(Strict):
    """Settings of reinforcement fine-tuning."""

    grader: Grader = Field(description="What scores each answer of the model.")
    hyperparameters: ReinforcementHyperparameters | None = Field(
        None, description="Unset: all `auto`."
    )
    response_format: dict[str, JsonValue] | None = Field(
        None,
        description="Sent as it is: the form that the model's answers must have.",
        examples=[{"type": "json_schema", "json_schema": {"name": "answer", "schema": {}}}],
    )


class SupervisedMethod(Strict):
    """Learn the assistant's messages of the examples."""

    type: Literal["supervised"] = Field(description="Supervised fine-tuning.")
    supervised: Supervised | None = Field(None, description="Unset: all `auto`.")


class DpoMethod(Strict):
    """Learn to prefer one answer over another."""

    type: Literal["dpo"] = Field(description="Direct preference optimization.")
    dpo: Dpo | None = Field(None, description="Unset: all `auto`.")


class ReinforcementMethod(Strict):
    """Learn from the scores that a grader gives."""

    type: Literal["reinforcement"] = Field(description="Reinforcement fine-tuning.")
    reinforcement: Reinforcement = Field(description="The grader, and what else is set.")


NAMES = ("supervised", "dpo", "reinforcement")


AnyMethod = SupervisedMethod | DpoMethod | ReinforcementMethod


def settings_of(method: AnyMethod) -> Supervised | Dpo | Reinforcement | None:
    """The settings, whichever the method; None where it has none."""
    match method:
        case SupervisedMethod():
            return method.supervised
        case DpoMethod():
            return method.dpo
        case ReinforcementMethod():
            return method.reinforcement


def _under_its_own_name(method: object) -> object:
    """Refuse settings of another method than `type` says, at their key."""
    if not isinstance(method, dict) or (chosen := method.get("type")) not in NAMES:
        return method
    if misplaced := [name for name in NAMES if name in method and name != chosen]:
        raise wrong_at((name, _misplaced(name, chosen)) for name in misplaced)
    return method


def _misplaced(name: str, chosen: str) -> PydanticCustomError:
    return wrong(
        "misplaced-settings",
        "holds settings, but method.type is {chosen}",
        why="settings stand under the name of their method and no other",
        cure=f"write them under {chosen}, or type: {name}",
        chosen=chosen,
    )


Method = Annotated[
    Annotated[AnyMethod, Field(discriminator="type")],
    BeforeValidator(_under_its_own_name),
]
