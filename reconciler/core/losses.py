"""How well a run learnt: its losses, step by step, out of its result file and its checkpoints.

Invariants: what is not told is not there, never 0; points stand in the order of their steps. A
loss is what every method trains on (cross-entropy, or the log loss of a preference), so it is
never below 0: some servers write -1 where they measured none.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from math import isfinite
from typing import Any, NamedTuple, Self

TRAIN, VALID, FULL_VALID = METRICS = ("train_loss", "valid_loss", "full_valid_loss")
"""What can be compared: on the batch of a step, on one of the validation data, on all of them."""

_COLUMNS = (
    ("training_loss", TRAIN),
    ("validation_loss", VALID),
    *zip(METRICS, METRICS, strict=True),
)
"""Columns and members with what they tell: names of earlier result files, then those of today."""

_MOST_ROWS = 200_000
"""So many steps are read of one file; jobs have some thousands."""


class Point(NamedTuple):
    """The losses of one step by their metric; `model` is what a checkpoint saved there."""

    step: int
    losses: Mapping[str, float]
    model: str = ""


class Losses(NamedTuple):
    """All that is known of one run.

    Attributes:
        curve: every step that tells a loss, those of the checkpoints among them.
        checkpoints: the steps at which a model was saved.
    """

    curve: tuple[Point, ...] = ()
    checkpoints: tuple[Point, ...] = ()

    def final(self, metric: str) -> float | None:
        """The last loss that was told; None where none was."""
        return next((p.losses[metric] for p in reversed(self.curve) if metric in p.losses), None)

    def best(self, metric: str) -> Point | None:
        """The step of the lowest loss, the earliest of equals; None where none was told."""
        return _lowest(self.curve, metric)

    def best_checkpoint(self, metric: str) -> Point | None:
        """The saved model of the lowest loss, the earliest of equals; None where none was told."""
        return _lowest(self.checkpoints, metric)

    def learnt(self) -> "Learnt":
        """What of it a model is chosen by."""
        steps = {point.step: point.losses for point in self.curve}
        saved = [p._replace(losses=steps.get(p.step, p.losses)) for p in self.checkpoints]
        best = {point.step: point for m in METRICS if (point := _lowest(saved, m))}
        final = ((metric, self.final(metric)) for metric in METRICS)
        told = {metric: loss for metric, loss in final if loss is not None}
        return Learnt(told, tuple(best[step] for step in sorted(best)))


class Learnt(NamedTuple):
    """What of a run's losses a model is chosen by.

    Attributes:
        final: the last loss of each metric that was told.
        saved: the saved models that are the best by a metric, with all that their steps tell.
    """

    final: Mapping[str, float] = {}
    saved: tuple[Point, ...] = ()

    @classmethod
    def of(cls, fact: Any) -> Self:  # noqa: ANN401  # JSON of a state
        """What a record keeps of it, read."""
        saved = (
            Point(int(step), {m: told[m] for m in METRICS if m in told}, told["model"])
            for step, told in fact["saved"].items()
        )
        return cls(fact["final"], tuple(saved))

    @property
    def fact(self) -> Mapping[str, Any]:
        """The same as JSON, for a record."""
        saved = {str(step): {"model": model, **losses} for step, losses, model in self.saved}
        return {"final": dict(self.final), "saved": saved}

    def best_saved(self, metric: str) -> Point | None:
        """The saved model of the lowest loss, the earliest of equals; None where none was told."""
        return _lowest(self.saved, metric)


def losses_of(result: str, checkpoints: Iterable[Mapping[str, Any]]) -> Losses:
    """The losses of a run.

    Args:
        result: the text of its result file, a CSV; empty where there is none.
        checkpoints: the API's own objects, in any order.
    """
    saved = sorted(_saved(checkpoints), key=lambda point: point.step)
    steps: dict[int, dict[str, float]] = {}
    for step, losses, _ in chain(_rows(result), saved):
        steps.setdefault(step, {}).update(losses)
    curve = (Point(step, steps[step]) for step in sorted(steps) if steps[step])
    return Losses(tuple(curve), tuple(point for point in saved if point.model))


def comparable(several: Iterable[Losses]) -> str:
    """The metric by which runs can be compared: the strictest that all of them tell."""
    known = list(several)
    rest = (m for m in (FULL_VALID, VALID) if known and all(r.best(m) is not None for r in known))
    return next(rest, TRAIN)


def _lowest(points: Iterable[Point], metric: str) -> Point | None:
    told = (point for point in points if metric in point.losses)
    return min(told, key=lambda point: (point.losses[metric], point.step), default=None)


def _rows(result: str) -> Iterator[Point]:
    """The rows of a CSV with a header; what is none of them is left out."""
    rows = csv.DictReader(result.lstrip("\ufeff\r\n ").splitlines())
    try:
        for row in islice(rows, _MOST_ROWS):
            step = _number(row.get("step"))
            if step is not None:
                yield Point(int(step), _losses(row))
    except csv.Error:
        return


def _saved(checkpoints: Iterable[Mapping[str, Any]]) -> Iterator[Point]:
    for body in checkpoints:
        told, name = body.get("metrics"), body.get("fine_tuned_model_checkpoint")
        metrics = told if isinstance(told, dict) else {}
        step = _number(body.get("step_number", metrics.get("step")))
        if step is not None:
            yield Point(int(step), _losses(metrics), name if isinstance(name, str) else "")


def _losses(said: Mapping[str, Any]) -> dict[str, float]:
    numbers = ((metric, _number(said.get(column))) for column, metric in _COLUMNS)
    return {metric: number for metric, number in numbers if number is not None}


def _number(told: object) -> float | None:
    """A finite number that is not below 0, of JSON or of a cell of text."""
    if not isinstance(told, int | float | str) or isinstance(told, bool):
        return None
    try:
        number = float(told)
    except (ValueError, OverflowError):
        return None
    return number if isfinite(number) and number >= 0 else None
