"""How a model is trained: one shape a method, told apart by `type`.

The settings stand under the key of the method's own name and no other, as in the API.
"""

from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from pydantic import Field, JsonValue, ValidationInfo, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import PydanticCustomError

from reconciler.kinds.spec.hyperparameters import (
    DEFAULTS,
    DpoHyperparameters,
    Hyperparameters,
    ReinforcementHyperparameters,
)
from reconciler.kinds.spec.late import Late
from reconciler.kinds.spec.strict import Strict, wrong, wrong_at

if TYPE_CHECKING:
    from reconciler.kinds.spec.graders import Grader
else:
    Grader = Annotated[Any, Late("reconciler.kinds.spec.graders", "Grader")]


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


class _Way(Strict):
    """What every method answers, however many jobs share it."""

    @cached_property
    def chosen(self) -> dict[str, Any] | None:
        """Its plain values without those that say nothing; None where nothing is left.

        `auto` is what the server does with an unset field: to write it, or the default method, out
        or away again is not another job.
        """
        return _chosen(self)  # type: ignore[arg-type]  # each of its classes is one of them


class SupervisedMethod(_Way):
    """Learn the assistant's messages of the examples."""

    type: Literal["supervised"] = Field(description="Supervised fine-tuning.")
    supervised: Supervised | None = Field(None, description="Unset: all `auto`.")


class DpoMethod(_Way):
    """Learn to prefer one answer over another."""

    type: Literal["dpo"] = Field(description="Direct preference optimization.")
    dpo: Dpo | None = Field(None, description="Unset: all `auto`.")


class ReinforcementMethod(_Way):
    """Learn from the scores that a grader gives."""

    type: Literal["reinforcement"] = Field(description="Reinforcement fine-tuning.")
    reinforcement: Reinforcement = Field(description="The grader, and what else is set.")


NAMES = ("supervised", "dpo", "reinforcement")

_SAYS_NOTHING = (None, *DEFAULTS)


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


def _chosen(method: AnyMethod) -> dict[str, Any] | None:
    type_, settings, said = method.type, settings_of(method), dict[str, Any]()
    if isinstance(settings, Reinforcement):
        said = settings.model_dump(exclude={"hyperparameters"}, exclude_none=True)
    numbers = vars(settings.hyperparameters) if settings and settings.hyperparameters else {}
    if chosen := {name: value for name, value in numbers.items() if value not in _SAYS_NOTHING}:
        said["hyperparameters"] = chosen
    if type_ == "supervised" and not said:
        return None
    return {"type": type_, type_: said} if said else {"type": type_}


_ENCODER = msgspec.msgpack.Encoder()

_KNOWN: dict[bytes, AnyMethod] = {}
"""Methods by how they were written: thousands of jobs have the same few."""

_MOST_KNOWN = 1_000


def _once(said: object, validated: ValidatorFunctionWrapHandler, info: ValidationInfo) -> AnyMethod:
    """The one value of all methods that are written alike; what is wrong is never kept.

    A grader may be a long program, so reinforcement is not compared.
    """
    if not isinstance(said, dict) or said.get("type") == "reinforcement":
        method = _validated(said, validated)
        return _measured(method, info) if isinstance(method, ReinforcementMethod) else method
    try:
        written = _ENCODER.encode(said)  # in a fifth of the time of `repr`, and as exact
    except (OverflowError, ValueError, TypeError, RecursionError):
        return _validated(said, validated)
    if written not in _KNOWN:
        if len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.clear()
        _KNOWN[written] = _validated(said, validated)
    return _KNOWN[written]


def _validated(said: object, validated: ValidatorFunctionWrapHandler) -> AnyMethod:
    method: AnyMethod = validated(_under_its_own_name(said))
    return method


def _measured(method: ReinforcementMethod, info: ValidationInfo) -> ReinforcementMethod:
    """Refuse it without data to measure it with, where a job says nothing of them."""
    if info.data.get("validation_file", "") is None:
        raise wrong(
            "needs-validation-file",
            "of type reinforcement needs a validation_file",
            why="answers to validation examples are graded while it trains",
            cure="add validation_file: NAME, an entry of files",
        )
    return method


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
    WrapValidator(_once),
]
