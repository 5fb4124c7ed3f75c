"""The figures of a run, step by step: losses, checkpoints and the file of results."""

import base64
import math
from functools import lru_cache
from typing import Any

from msgspec import Struct

from reconciler.sandbox.identity import checkpoint_model, derived
from reconciler.sandbox.job import Job
from reconciler.sandbox.timeline import moment
from reconciler.sandbox.trainer import Curve, Score, at_strength

MAX_REPORTS = 200
"""Most steps that are reported: a longer run reports every n-th step and its last one."""

MAX_CHECKPOINTS = 3
_USUAL_RATE = 1.8
_HEADER = "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy"


class Point(Struct, frozen=True):
    """The figures at one step; `valid` is None without validation data."""

    step: int
    train: Score
    valid: Score | None


class Course(Struct, frozen=True):
    """A training from its first step to its last: epochs of so many steps, along a curve."""

    epochs: int
    steps_an_epoch: int
    rate: float
    curve: Curve

    @property
    def total(self) -> int:
        """How many steps the whole run takes."""
        return self.epochs * self.steps_an_epoch

    def reported(self) -> list[int]:
        """The steps whose figures are reported, in order; the last one ends the run."""
        stride = -(-self.total // MAX_REPORTS)
        return [*range(stride, self.total, stride), self.total]

    def saved(self) -> list[int]:
        """The steps that leave a checkpoint: the last step of each of the last epochs."""
        first = max(1, self.epochs - MAX_CHECKPOINTS + 1)
        return [self.steps_an_epoch * epoch for epoch in range(first, self.epochs + 1)]

    def at(self, step: int) -> Point:
        """The figures at a step: epochs and a higher rate make the model believe its data more."""
        strength = self.rate / _USUAL_RATE * step / self.steps_an_epoch
        valid = at_strength(self.curve.valid, strength) if self.curve.valid else None
        return Point(step, at_strength(self.curve.train, strength), valid)


def course(job: Job) -> Course | None:
    """The course of a job's training; None before it starts."""
    if job.training is None:
        return None
    settings = job.settings
    return Course(
        epochs=int(settings["n_epochs"]),
        steps_an_epoch=max(1, math.ceil(job.training.examples / int(settings["batch_size"]))),
        rate=float(settings["learning_rate_multiplier"]),
        curve=job.training.curve,
    )


def moment_of(job: Job, step: int, total: int) -> float | None:
    """When a step is done, in Unix seconds; None when history stopped the run before it."""
    return moment(job.run, job.run.started + job.run.pace.running * step / total)


def checkpoints(job: Job, now: float) -> list[dict[str, Any]]:
    """The checkpoint objects of the API at a time, newest step first."""
    way = course(job)
    if way is None:
        return []
    made = [(step, moment_of(job, step, way.total)) for step in way.saved()]
    return [
        _checkpoint(job, way.at(step), int(when))
        for step, when in reversed(made)
        if when is not None and when <= now
    ]


def _checkpoint(job: Job, at: Point, when: int) -> dict[str, Any]:
    return {
        "object": "fine_tuning.job.checkpoint",
        "id": derived("ftckpt_", job.id, at.step),
        "created_at": when,
        "fine_tuned_model_checkpoint": checkpoint_model(job.model, at.step),
        "fine_tuning_job_id": job.id,
        "metrics": _metrics(at),
        "step_number": at.step,
    }


def _metrics(at: Point) -> dict[str, float]:
    found = {
        "step": at.step,
        "train_loss": round(at.train.loss, 5),
        "train_mean_token_accuracy": round(at.train.accuracy, 5),
    }
    if at.valid:
        loss, accuracy = round(at.valid.loss, 5), round(at.valid.accuracy, 5)
        found |= {"valid_loss": loss, "valid_mean_token_accuracy": accuracy}
        found |= {"full_valid_loss": loss, "full_valid_mean_token_accuracy": accuracy}
    return found


def step_data(at: Point, total: int) -> dict[str, float]:
    """The `data` of the event that reports a step."""
    return {"total_steps": total} | _metrics(at)


def results(job: Job) -> bytes:
    """The content of `step_metrics.csv`: a CSV in base64, as the API delivers it."""
    way = course(job)
    return _results(way) if way else b""


@lru_cache(64)
def _results(way: Course) -> bytes:
    rows = [_HEADER, *(_row(way.at(step)) for step in way.reported())]
    return base64.b64encode("\n".join(rows).encode() + b"\n")


def _row(at: Point) -> str:
    valid = f"{at.valid.loss:.5f},{at.valid.accuracy:.5f}" if at.valid else ","
    return f"{at.step},{at.train.loss:.5f},{at.train.accuracy:.5f},{valid}"
