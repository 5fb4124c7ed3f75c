"""Hyperparameters of the three methods: their ranges, and the numbers that `auto` becomes."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from reconciler.sandbox import fields
from reconciler.sandbox.catalog import DPO, REINFORCEMENT, SUPERVISED

_EFFORTS = ("default", "low", "medium", "high")
_TARGET_EXAMPLES, _MAX_EXAMPLES = 100, 25_000


def _epochs(value: object, name: str) -> int:
    return fields.integer(value, name, least=1, most=50)


def _batch(value: object, name: str) -> int:
    return fields.integer(value, name, least=1, most=256)


def _rate(value: object, name: str) -> float:
    return fields.number(value, name, above=0, most=1e6)


def _beta(value: object, name: str) -> float:
    return fields.number(value, name, above=0, most=2)


def _compute(value: object, name: str) -> float:
    return fields.number(value, name, above=0.00001, most=10)


def _interval(value: object, name: str) -> int:
    return fields.integer(value, name, least=1, most=10**9)


def _effort(value: object, name: str) -> str:
    return fields.choice(value, name, _EFFORTS)


_COMMON: dict[str, Callable[[object, str], object]] = {
    "n_epochs": _epochs,
    "batch_size": _batch,
    "learning_rate_multiplier": _rate,
}
OF_METHOD: Mapping[str, Mapping[str, Callable[[object, str], object]]] = {
    SUPERVISED: _COMMON,
    DPO: _COMMON | {"beta": _beta},
    REINFORCEMENT: _COMMON
    | {
        "compute_multiplier": _compute,
        "eval_interval": _interval,
        "eval_samples": _interval,
        "reasoning_effort": _effort,
    },
}


def read(given: object, method: str, path: str) -> dict[str, Any]:
    """The settings of a request with every unset one `auto`, as the API echoes them.

    Raises:
        Rejected: 400 for an unknown name, a wrong type or a value out of range.
    """
    readers = OF_METHOD[method]
    settings = fields.mapping(given, path)
    fields.known(settings, readers, path)
    found: dict[str, Any] = {
        name: "default" if name == "reasoning_effort" else "auto" for name in readers
    }
    for name, value in settings.items():
        is_auto = value == "auto" and name != "reasoning_effort"
        found[name] = value if is_auto else readers[name](value, f"{path}.{name}")
    return found


def resolve(settings: Mapping[str, Any], examples: int) -> dict[str, Any]:
    """The settings with numbers for `auto`, as they are once the job runs."""
    automatic = {
        "n_epochs": automatic_epochs(examples),
        "batch_size": min(256, max(1, math.ceil(examples * 0.002))),
        "learning_rate_multiplier": 1.8,
        "beta": 0.1,
        "compute_multiplier": 1.0,
        "eval_interval": 5,
        "eval_samples": 2,
    }
    return {name: automatic[name] if value == "auto" else value for name, value in settings.items()}


def automatic_epochs(examples: int) -> int:
    """Three, more for few examples and fewer for very many (the cookbook's estimate)."""
    if examples * 3 < _TARGET_EXAMPLES:
        return min(25, math.ceil(_TARGET_EXAMPLES / max(1, examples)))
    return max(1, min(3, _MAX_EXAMPLES // examples))
