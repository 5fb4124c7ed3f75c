"""How far a training is: step and loss, read from a job's newest events."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

BARS = "▁▂▃▄▅▆▇"


@dataclass(frozen=True, slots=True)
class Training:
    """What the metrics events tell; None and empty where they tell nothing."""

    step: int | None = None
    steps: int | None = None
    losses: tuple[float, ...] = ()


def training_of(events: Iterable[Mapping[str, Any]]) -> Training:
    """From a page of events, newest first, as the API lists them."""
    metrics = [e["data"] for e in events if e.get("type") == "metrics" and e.get("data")]
    if not metrics:
        return Training()
    losses = [m["train_loss"] for m in reversed(metrics) if _is_number(m.get("train_loss"))]
    return Training(metrics[0].get("step"), metrics[0].get("total_steps"), tuple(losses))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


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


def training_words(training: Training) -> str:
    """`131/388  loss 1.21 ▇▆▅▄▃▃▂`, or nothing."""
    loss = loss_words(training)
    return "  ".join(part for part in (step_words(training), loss and f"loss {loss}") if part)


def sparkline(values: tuple[float, ...], width: int = 8) -> str:
    """The course of some values in at most `width` bars."""
    step = max(1, -(-len(values) // width))
    picked = values[::-1][::step][::-1]
    low, high = min(picked), max(picked)
    span = (high - low) or 1.0
    return "".join(BARS[round((value - low) / span * (len(BARS) - 1))] for value in picked)
