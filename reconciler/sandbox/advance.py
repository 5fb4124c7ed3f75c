"""Writing down what the clock has brought: jobs that went on, files whose time is over."""

import sqlite3

from msgspec import Struct
from msgspec.structs import replace

from reconciler.sandbox import file_rows, job_rows, metrics, model_rows
from reconciler.sandbox.file_rows import File
from reconciler.sandbox.identity import checkpoint_model
from reconciler.sandbox.job import Job, reject
from reconciler.sandbox.learning import Learner
from reconciler.sandbox.store import Store
from reconciler.sandbox.timeline import ended_at, is_past, status

_BATCH = 100


def is_due(store: Store, now: float) -> bool:
    """Whether anything changed by itself since it was last written down."""
    query = (
        "SELECT EXISTS (SELECT 1 FROM jobs WHERE due_at <= ?) OR EXISTS"
        " (SELECT 1 FROM files WHERE deleted_at IS NULL AND expires_at <= ?)"
    )
    row = store.one(query, now, now)
    return row is not None and bool(row[0])


def advance(store: Store, learner: Learner, now: float) -> None:
    """Bring every row of the store to a time; servers that do so at once do no harm."""
    file_rows.expire(store, now)
    query = "SELECT record FROM jobs WHERE due_at <= ? ORDER BY due_at LIMIT ?"
    while rows := store.all(query, now, _BATCH):
        # Reading and training come before the write lock: other servers need not wait for them.
        settled = [_settled(old, learner, now) for (old,) in rows]
        with store.writing() as db:
            for each in settled:
                if job_rows.replace(db, each.old, each.job, now):
                    _add_products(db, each)


class _Settled(Struct, frozen=True):
    """A job's record as it was, the job as it is now, and the results it left if it succeeded."""

    old: str
    job: Job
    results: File | None


def _settled(old: str, learner: Learner, now: float) -> _Settled:
    job = settle(Job.load(old), learner, now)
    done = status(job.run, now) == "succeeded"
    return _Settled(old, job, _results(job) if done else None)


def _add_products(db: sqlite3.Connection, settled: _Settled) -> None:
    if settled.results is not None:
        file_rows.add(db, settled.results)
        for name in _models(settled.job):
            model_rows.add(db, name, settled.job.id, settled.results.created_at)


def settle(job: Job, learner: Learner, now: float) -> Job:
    """The job with the verdict on its files and its training, once their time has come."""
    run = job.run
    if not run.rejected and job.training is None and is_past(run, run.validated, now):
        verdict = learner.judge(job)
        if verdict is not None:
            return reject(job, verdict)
        if is_past(run, run.started, now):
            return replace(job, training=learner.train(job))
    return job


def _models(job: Job) -> list[str]:
    """The models that a succeeded job made."""
    way = metrics.course(job)
    steps = way.saved() if way else []
    return [job.model, *(checkpoint_model(job.model, step) for step in steps)]


def _results(job: Job) -> File:
    return File(
        id=job.result_file,
        created_at=int(ended_at(job.run) or job.run.created),
        purpose="fine-tune-results",
        filename="step_metrics.csv",
        bytes=len(metrics.results(job)),
        job_id=job.id,
    )
