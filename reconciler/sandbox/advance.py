"""Writing down what the clock has brought: jobs that went on, files whose time is over."""

from dataclasses import replace

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
        settled = [(old, settle(Job.load(old), learner, now)) for (old,) in rows]
        with store.writing() as db:
            for old, job in settled:
                if job_rows.replace(db, old, job, now) and status(job.run, now) == "succeeded":
                    for name, created in _models(job):
                        model_rows.add(db, name, job.id, created)
                    file_rows.add(db, _results(job))


def settle(job: Job, learner: Learner, now: float) -> Job:
    """The job with the verdict on its files and its training, once their time has come."""
    run = job.run
    if job.verdict is None and job.training is None and is_past(run, run.validated, now):
        verdict = learner.judge(job)
        if verdict is not None:
            return reject(job, verdict)
        if is_past(run, run.started, now):
            return replace(job, training=learner.train(job))
    return job


def _models(job: Job) -> list[tuple[str, int]]:
    """The models that a succeeded job made, each with its time."""
    created = _ended(job)
    found = [(job.model, created)]
    steps = metrics.checkpoint_steps(job, job.training) if job.training else []
    return found + [(checkpoint_model(job.model, step), created) for step in steps]


def _results(job: Job) -> File:
    size = len(metrics.results(job))
    return File(
        id=job.result_file,
        created_at=_ended(job),
        purpose="fine-tune-results",
        filename="step_metrics.csv",
        bytes=size,
        job_id=job.id,
    )


def _ended(job: Job) -> int:
    return int(ended_at(job.run) or job.run.created)
