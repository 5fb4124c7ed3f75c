"""What time does to a job: its status is computed from when it started, never stored as truth.

A run does `validating`, then `queued`, then `running` seconds of work. Pausing stops the work;
resuming goes through the queue again before the work goes on.
"""

import math
from typing import Literal

from msgspec import Struct

from reconciler.sandbox.pace import Pace

Act = Literal["pause", "resume", "cancel"]
Status = Literal[
    "validating_files", "queued", "running", "paused", "succeeded", "failed", "cancelled"
]
TERMINAL: frozenset[str] = frozenset({"succeeded", "failed", "cancelled"})


class Mark(Struct, frozen=True):
    """Something a person did to a run, and when (Unix seconds)."""

    at: float
    act: Act


class Run(Struct, frozen=True):
    """When a job was created, how fast it goes, and what was done to it since, in order.

    Attributes:
        rejected: it fails when its files have been checked.
        broken: it fails when its training is over.
    """

    created: float
    pace: Pace
    history: tuple[Mark, ...] = ()
    rejected: bool = False
    broken: bool = False

    @property
    def validated(self) -> float:
        """Work, in seconds, after which the files have been checked."""
        return self.pace.validating

    @property
    def started(self) -> float:
        """Work after which training starts."""
        return self.pace.validating + self.pace.queued

    @property
    def finished(self) -> float:
        """Work after which training is over."""
        return self.started + self.pace.running


class Stretch(Struct, frozen=True):
    """A time in which work is done: from start to end, after `done` seconds of work before."""

    start: float
    end: float
    done: float


def stretches(run: Run) -> tuple[Stretch, ...]:
    """The times of work, in order; the last one of a run that goes on has no end."""
    found: list[Stretch] = []
    start, done, active = run.created, 0.0, True
    for mark in run.history:
        if mark.act == "resume":
            queue = run.pace.queued if done > run.validated else 0.0
            start, active = mark.at + queue, True
        elif active:
            end = max(mark.at, start)
            found.append(Stretch(start, end, done))
            done, active = done + end - start, False
    if active:
        found.append(Stretch(start, math.inf, done))
    return tuple(found)


def moment(run: Run, work: float) -> float | None:
    """When that much work is done, in Unix seconds; None if history stops the run before."""
    for stretch in stretches(run):
        if work <= stretch.done + stretch.end - stretch.start:
            return stretch.start + work - stretch.done
    return None


def is_past(run: Run, work: float, now: float) -> bool:
    """Whether that much work is done by now."""
    when = moment(run, work)
    return when is not None and now >= when


def status(run: Run, now: float) -> Status:
    """The API's status string of a run at a time (Unix seconds)."""
    last = run.history[-1].act if run.history else "resume"
    if last != "resume":
        return "cancelled" if last == "cancel" else "paused"
    if not is_past(run, run.validated, now):
        return "validating_files"
    if run.rejected:
        return "failed"
    if not is_past(run, run.started, now) or now < stretches(run)[-1].start:
        return "queued"
    if not is_past(run, run.finished, now):
        return "running"
    return "failed" if run.broken else "succeeded"


def next_change(run: Run, now: float) -> float | None:
    """When the status changes next by itself; None for a paused or finished run."""
    if status(run, now) in TERMINAL | {"paused"}:
        return None
    moments = [moment(run, work) for work in (run.validated, run.started, run.finished)]
    moments.append(stretches(run)[-1].start)
    return min(when for when in moments if when is not None and when > now)


def ended_at(run: Run) -> float | None:
    """When the run ended or will end by itself; None while a pause holds it."""
    if run.history and run.history[-1].act == "cancel":
        return run.history[-1].at
    return moment(run, run.validated if run.rejected else run.finished)
