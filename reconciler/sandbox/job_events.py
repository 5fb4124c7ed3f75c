"""The events of a job, computed from its timeline in the wordings of the real API."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from reconciler.sandbox import metrics
from reconciler.sandbox.identity import derived
from reconciler.sandbox.job import Job
from reconciler.sandbox.timeline import is_past, moment

_ACTS = {
    "pause": "Fine-tuning job paused",
    "resume": "Fine-tuning job resumed, moving job to queued state",
    "cancel": "Fine-tuning job cancelled",
}


class Event(Struct, frozen=True):
    """Something that happened to a job: when (Unix seconds), and what."""

    at: float
    message: str
    level: str = "info"
    data: dict[str, Any] = {}


def events(job: Job, now: float) -> list[dict[str, Any]]:
    """The event objects of the API that have happened by now, newest first."""
    happened = sorted((each for each in _all(job, now) if each.at <= now), key=lambda each: each.at)
    return [_render(job, each, index) for index, each in enumerate(happened)][::-1]


def _render(job: Job, event: Event, index: int) -> dict[str, Any]:
    return {
        "object": "fine_tuning.job.event",
        "id": derived("ftevent-", job.id, index),
        "created_at": int(event.at),
        "level": event.level,
        "message": event.message,
        "type": "metrics" if event.data else "message",
        "data": event.data,
    }


def _all(job: Job, now: float) -> Iterator[Event]:
    run = job.run
    yield Event(run.created, f"Created fine-tuning job: {job.id}")
    yield Event(run.created, f"Validating training file: {job.spec.training_file}")
    for mark in run.history:
        yield Event(mark.at, _ACTS[mark.act])
    validated = moment(run, run.validated)
    if validated is not None and job.verdict and run.rejected:
        yield Event(validated, job.verdict.message, level="error")
    elif validated is not None:
        yield Event(validated, "Files validated, moving job to queued state")
        yield from _training(job, now)


def _training(job: Job, now: float) -> Iterator[Event]:
    run, way = job.run, metrics.course(job)
    started, finished = moment(run, run.started), moment(run, run.finished)
    if way is None or started is None or not is_past(run, run.started, now):
        return
    yield Event(started, "Fine-tuning job started")
    for step in way.reported():
        when = metrics.moment_of(job, step, way.total)
        if when is not None and when <= now:
            data = metrics.step_data(way.at(step), way.total)
            message = f"Step {step}/{way.total}: training loss={data['train_loss']:.2f}"
            yield Event(when, message, data=data)
    if finished is not None and job.verdict:
        yield Event(finished, job.verdict.message, level="error")
    elif finished is not None:
        yield Event(finished, f"New fine-tuned model created: {job.model}")
        yield Event(finished, "The job has successfully completed")
