"""Jobs in the store: each row carries its API object until the moment it changes by itself."""

import json
import sqlite3
from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct

from reconciler.sandbox.envelope import no_such_cursor, no_such_job
from reconciler.sandbox.job import Job, render
from reconciler.sandbox.store import Store
from reconciler.sandbox.timeline import TERMINAL, next_change


def add(db: sqlite3.Connection, job: Job, body: str) -> None:
    """Store a new job, which changes by itself as soon as its first phase is over."""
    cursor = db.execute(
        "INSERT INTO jobs (id, created_at, due_at, training_file, validation_file, tagged, record,"
        " body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(job.id, int(job.run.created), job.run.created + job.run.validated),
            *(job.spec.training_file, job.spec.validation_file),
            *(bool(job.spec.metadata), job.dump(), body),
        ),
    )
    tags = [(name, value, cursor.lastrowid) for name, value in (job.spec.metadata or {}).items()]
    db.executemany("INSERT INTO job_tags VALUES (?, ?, ?)", tags)


def replace(db: sqlite3.Connection, old: str, job: Job, now: float) -> bool:
    """Store what became of a job; False if another server did so since `old` was read."""
    values = (next_change(job.run, now), job.dump(), render(job, now), job.id, old)
    query = "UPDATE jobs SET due_at = ?, record = ?, body = ? WHERE id = ? AND record = ?"
    return db.execute(query, values).rowcount > 0


def get(store: Store, job_id: str) -> Job:
    """The job.

    Raises:
        Rejected: 404 for an unknown id.
    """
    return Job.load(_column(store, "record", job_id))


def body(store: Store, job_id: str) -> str:
    """The job's API object, as JSON text.

    Raises:
        Rejected: 404 for an unknown id.
    """
    return _column(store, "body", job_id)


def _column(store: Store, column: str, job_id: str) -> str:
    row = store.one(f"SELECT {column} FROM jobs WHERE id = ?", job_id)  # noqa: S608 - constant
    if row is None:
        raise no_such_job(job_id)
    return str(row[0])


def active(store: Store) -> int:
    """How many jobs have not ended, those that are paused among them."""
    bodies = (json.loads(row[0]) for row in store.all("SELECT body FROM jobs"))
    return sum(1 for body in bodies if body["status"] not in TERMINAL)


class JobPage(Struct, frozen=True):
    """Which jobs a list request asks for; `before` hides jobs made at or after that time."""

    limit: int
    after: str | None = None
    tags: Mapping[str, str] = {}
    is_untagged: bool = False
    before: float | None = None


def page(store: Store, asked: JobPage) -> tuple[list[str], bool]:
    """The API objects of one page, newest first, and whether more follow.

    Raises:
        Rejected: 400 for a cursor that is no job.
    """
    source, conditions, values = _tagged(asked.tags)
    if asked.is_untagged:
        conditions.append("tagged = 0")
    if asked.before is not None:
        conditions.append("created_at < ?")
        values.append(asked.before)
    if asked.after is not None:
        conditions.append(f"{source.order} < ?")
        values.append(_position(store, asked.after))
    rows = store.all(
        f"SELECT body FROM {source.tables} WHERE {' AND '.join(conditions)}"  # noqa: S608 - constants
        f" ORDER BY {source.order} DESC LIMIT ?",
        *values,
        asked.limit + 1,
    )
    return [row[0] for row in rows[: asked.limit]], len(rows) > asked.limit


class _Source(NamedTuple):
    """Where a page is read from, and the column that it is read along."""

    tables: str = "jobs"
    order: str = "seq"


def _tagged(tags: Mapping[str, str]) -> tuple[_Source, list[str], list[object]]:
    """The jobs with every tag: along the index of the first one, so that only the page is read."""
    if not tags:
        return _Source(), ["TRUE"], []
    source = _Source("job_tags AS first CROSS JOIN jobs ON seq = first.job", "first.job")
    other = "EXISTS (SELECT 1 FROM job_tags WHERE name = ? AND value = ? AND job = first.job)"
    conditions = ["first.name = ? AND first.value = ?", *[other] * (len(tags) - 1)]
    return source, conditions, [text for pair in tags.items() for text in pair]


def _position(store: Store, job_id: str) -> int:
    row = store.one("SELECT seq FROM jobs WHERE id = ?", job_id)
    if row is None:
        raise no_such_cursor(job_id)
    return int(row[0])
