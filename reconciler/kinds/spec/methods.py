"""How a model is trained: one shape a method, told apart by `type`.

The settings stand under the key of the method's own name and no other, as in the API.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from reconciler.kinds.spec.hyperparameters import (
    DEFAULTS,
    DpoHyperparameters,
    Hyperparameters,
    ReinforcementHyperparameters,
)
from reconciler.kinds.spec.late import Late
from reconciler.kinds.spec.spec import Around, Spec, says, wrong, wrong_at

if TYPE_CHECKING:
    from pydantic import ValidationInfo, ValidatorFunctionWrapHandler
    from pydantic_core import PydanticCustomError

Grader = Annotated[dict[str, Any], Late("reconciler.kinds.spec.graders", "Grader")]
"""A grader, as the API takes it."""


class Supervised(Spec, frozen=True):
    """Settings of supervised fine-tuning."""

    hyperparameters: Annotated[Hyperparameters | None, says("Unset: all `auto`.")] = None


class Dpo(Spec, frozen=True):
    """Settings of direct preference optimization."""

    hyperparameters: Annotated[DpoHyperparameters | None, says("Unset: all `auto`.")] = None


class Reinforcement(Spec, frozen=True):
    """Settings of reinforcement fine-tuning."""

    grader: Annotated[Grader, says("What scores each answer of the model.")]
    hyperparameters: Annotated[ReinforcementHyperparameters | None, says("Unset: all `auto`.")] = (
        None
    )
    response_format: Annotated[
        dict[str, Any] | None,
        says(
            "Sent as it is: the form that the model's answers must have.",
            {"type": "json_schema", "json_schema": {"name": "answer", "schema": {}}},
        ),
    ] = None


class _Way(Spec, frozen=True, tag_field="type"):
    """What every method answers, however many jobs share it."""

    @property
    def type(self) -> str:
        """Which one it is."""
        return str(self.__struct_config__.tag)


class SupervisedMethod(_Way, frozen=True, tag="supervised"):
    """Supervised fine-tuning: learn the assistant's messages of the examples."""

    supervised: Annotated[Supervised | None, says("Unset: all `auto`.")] = None


class DpoMethod(_Way, frozen=True, tag="dpo"):
    """Direct preference optimization: learn to prefer one answer over another."""

    dpo: Annotated[Dpo | None, says("Unset: all `auto`.")] = None


class ReinforcementMethod(_Way, frozen=True, tag="reinforcement"):
    """Reinforcement fine-tuning: learn from the scores that a grader gives."""

    reinforcement: Annotated[Reinforcement, says("The grader, and what else is set.")]


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


def chosen_of(method: AnyMethod) -> dict[str, Any] | None:
    """The plain values of a method, without those that say nothing; None where nothing is left.

    `auto` is what the server does with an unset field: to write it, or the default method, out
    or away again is not another job.
    """
    if isinstance(method, ReinforcementMethod):
        return _chosen(method)  # its grader may be a long program: it is not looked up
    return _chosen_once(method)


@lru_cache(1_000)  # thousands of jobs have the same few
def _chosen_once(method: SupervisedMethod | DpoMethod) -> dict[str, Any] | None:
    return _chosen(method)


def _chosen(method: AnyMethod) -> dict[str, Any] | None:
    type_, settings = method.type, settings_of(method)
    said = settings.plain() if settings else {}
    numbers = said.pop("hyperparameters", {})
    if chosen := {name: value for name, value in numbers.items() if value not in DEFAULTS}:
        said["hyperparameters"] = chosen
    if type_ == "supervised" and not said:
        return None
    return {"type": type_, type_: said} if said else {"type": type_}


_ENCODER = msgspec.msgpack.Encoder()

_KNOWN: dict[bytes, AnyMethod] = {}
"""Methods by how they were written: thousands of jobs have the same few."""

_MOST_KNOWN = 1_000


def _once(
    said: object, validated: "ValidatorFunctionWrapHandler", info: "ValidationInfo"
) -> AnyMethod:
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


def _validated(said: object, validated: "ValidatorFunctionWrapHandler") -> AnyMethod:
    method: AnyMethod = validated(_under_its_own_name(said))
    return method


def _measured(method: ReinforcementMethod, info: "ValidationInfo") -> ReinforcementMethod:
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


def _misplaced(name: str, chosen: str) -> "PydanticCustomError":
    return wrong(
        "misplaced-settings",
        "holds settings, but method.type is {chosen}",
        why="settings stand under the name of their method and no other",
        cure=f"write them under {chosen}, or type: {name}",
        chosen=chosen,
    )


Method = Annotated[AnyMethod, Around(_once)]
