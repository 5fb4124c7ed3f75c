"""How far a training is: step and loss, read from a job's newest events."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from reconciler.kinds.told import number
from reconciler.render.duration import spell

BARS = "▁▂▃▄▅▆▇"


@dataclass(frozen=True, slots=True)
class Training:
    """What the metrics events tell; None and empty where they tell nothing.

    Attributes:
        told_at: API time (Unix seconds) of the last of them.
        pace: seconds a step.
    """

    step: int | None = None
    steps: int | None = None
    losses: tuple[float, ...] = ()
    told_at: int | None = None
    pace: float | None = None

    def left(self, now: int | None, estimated: int | None = None) -> int | None:
        """Seconds until it ends: as the endpoint estimates, else at its pace; None: not known."""
        if now is None:
            return None
        if estimated and estimated > now:
            return estimated - now
        if None in (self.step, self.steps, self.told_at, self.pace):
            return None
        end = self.told_at + (self.steps - self.step) * self.pace  # type: ignore[operator]  # none is None
        return max(round(end - now), 0)


def training_of(events: Iterable[Mapping[str, Any]]) -> Training:
    """From a page of events, newest first, as the API lists them."""
    told = [e for e in events if e.get("type") == "metrics" and isinstance(e.get("data"), dict)]
    if not told:
        return Training()
    losses = [e["data"]["train_loss"] for e in reversed(told) if _is_loss(e["data"])]
    step, at = number(told[0]["data"], "step"), number(told[0], "created_at")
    steps = number(told[0]["data"], "total_steps")
    return Training(step, steps, tuple(losses), at, _pace(told[0], told[-1]))


def _is_loss(data: Mapping[str, Any]) -> bool:
    value = data.get("train_loss")
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _pace(last: Mapping[str, Any], first: Mapping[str, Any]) -> float | None:
    """Seconds a step between two events; None where they do not tell it."""
    steps = (number(last["data"], "step") or 0) - (number(first["data"], "step") or 0)
    began, ended = number(first, "created_at"), number(last, "created_at")
    if steps <= 0 or began is None or ended is None or ended <= began:
        return None
    return (ended - began) / steps


def step_words(training: Training) -> str:
    """`131/388`, or nothing."""
    if training.step is None:
        return ""
    return f"{training.step}/{training.steps}" if training.steps else str(training.step)


def loss_words(training: Training) -> str:
    """`1.21 ▇▆▅▄▃▃▂`, or nothing."""
    if not training.losses:
        return ""
    return f"{training.losses[-1]:.2f} {sparkline(training.losses)}"


def training_words(training: Training, left: int | None) -> str:
    """`step 131 of 388, loss 1.21, about 6m left`, or nothing."""
    of = f" of {training.steps}" if training.steps else ""
    parts = [f"step {training.step}{of}"] if training.step is not None else []
    parts += [f"loss {training.losses[-1]:.2f}"] if training.losses else []
    parts += [f"about {left_words(left)} left"] if left else []
    return ", ".join(parts)


def sparkline(values: tuple[float, ...], width: int = 8) -> str:
    """The course of some values in at most `width` bars."""
    step = max(1, -(-len(values) // width))
    picked = values[::-1][::step][::-1]
    low, high = min(picked), max(picked)
    span = (high - low) or 1.0
    return "".join(BARS[round((value - low) / span * (len(BARS) - 1))] for value in picked)


def left_words(seconds: int | None) -> str:
    """`6m`, `1h 05m`, `20s`; or nothing."""
    if seconds is None:
        return ""
    minute = 60
    return f"{-(-seconds // minute)}m" if minute <= seconds < minute * minute else spell(seconds)
