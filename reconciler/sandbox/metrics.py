"""The figures of a run, step by step: losses, checkpoints and the file of results."""

import base64
import math
from dataclasses import dataclass
from typing import Any

from reconciler.sandbox.identity import checkpoint_model, derived
from reconciler.sandbox.job import Job, Training
from reconciler.sandbox.timeline import moment
from reconciler.sandbox.trainer import Score, at_strength

MAX_REPORTS = 200
"""Most steps that are reported: a longer run reports every n-th step and its last one."""

MAX_CHECKPOINTS = 3
_USUAL_RATE = 1.8
_HEADER = "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy"


@dataclass(frozen=True, slots=True)
class Point:
    """The figures at one step; `valid` is None without validation data."""

    step: int
    train: Score
    valid: Score | None


def steps_of(job: Job, training: Training) -> int:
    """How many steps the whole run takes."""
    return int(job.settings["n_epochs"]) * _steps_an_epoch(job, training)


def _steps_an_epoch(job: Job, training: Training) -> int:
    return max(1, math.ceil(training.examples / int(job.settings["batch_size"])))


def reported_steps(total: int) -> list[int]:
    """The steps whose figures are reported, in order; the last one is the last of the run."""
    stride = -(-total // MAX_REPORTS)
    return [*range(stride, total, stride), total]


def point(job: Job, training: Training, step: int) -> Point:
    """The figures at a step: more epochs and a higher rate make the model believe its data more."""
    rate = job.settings["learning_rate_multiplier"] / _USUAL_RATE
    strength = rate * step / _steps_an_epoch(job, training)
    curve = training.curve
    valid = at_strength(curve.valid, strength) if curve.valid else None
    return Point(step, at_strength(curve.train, strength), valid)


def moment_of(job: Job, step: int, total: int) -> float | None:
    """When a step is done, in Unix seconds; None when history stopped the run before it."""
    return moment(job.run, job.run.started + job.run.pace.running * step / total)


def checkpoint_steps(job: Job, training: Training) -> list[int]:
    """The last step of each of the last epochs."""
    epochs, length = int(job.settings["n_epochs"]), _steps_an_epoch(job, training)
    return [length * epoch for epoch in range(max(1, epochs - MAX_CHECKPOINTS + 1), epochs + 1)]


def checkpoints(job: Job, now: float) -> list[dict[str, Any]]:
    """The checkpoint objects of the API at a time, newest step first."""
    training = job.training
    if training is None:
        return []
    total = steps_of(job, training)
    made = [(step, moment_of(job, step, total)) for step in checkpoint_steps(job, training)]
    return [
        _checkpoint(job, point(job, training, step), int(when))
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
    training = job.training
    if training is None:
        return b""
    steps = reported_steps(steps_of(job, training))
    rows = [_HEADER, *(_row(point(job, training, step)) for step in steps)]
    return base64.b64encode("\n".join(rows).encode() + b"\n")


def _row(at: Point) -> str:
    valid = f"{at.valid.loss:.5f},{at.valid.accuracy:.5f}" if at.valid else ","
    return f"{at.step},{at.train.loss:.5f},{at.train.accuracy:.5f},{valid}"
