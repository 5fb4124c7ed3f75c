"""Files in the store: each row carries its API object, so that a page is one query."""

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from reconciler.sandbox import blobs
from reconciler.sandbox.envelope import no_such_cursor, no_such_file
from reconciler.sandbox.store import Store

_COLUMNS = "id, created_at, purpose, filename, bytes, expires_at, blobs, job_id, deleted_at"


class File(Struct, frozen=True):
    """A file; `blobs` hold its bytes in order, `job_id` is the job whose results it shows."""

    id: str
    created_at: int
    purpose: str
    filename: str
    bytes: int
    expires_at: int | None = None
    blobs: tuple[str, ...] = ()
    job_id: str | None = None
    deleted_at: float | None = None

    def body(self) -> str:
        """The file object of the API, as JSON text."""
        shown: dict[str, Any] = {
            "object": "file",
            "id": self.id,
            "purpose": self.purpose,
            "filename": self.filename,
            "bytes": self.bytes,
            "created_at": self.created_at,
            "status": "processed",
        }
        if self.expires_at is not None:
            shown["expires_at"] = self.expires_at
        return json.dumps(shown, separators=(",", ":"))


def add(db: sqlite3.Connection, file: File) -> None:
    """Store a file; one that is there already (another server was faster) is left alone."""
    db.execute(
        "INSERT OR IGNORE INTO files (id, created_at, purpose, filename, bytes, expires_at, blobs,"
        " job_id, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(file.id, file.created_at, file.purpose, file.filename, file.bytes),
            *(file.expires_at, json.dumps(file.blobs), file.job_id, file.body()),
        ),
    )


def find(store: Store, file_id: str, *, or_deleted: bool = False) -> File | None:
    """The file, or None; a deleted one only on demand."""
    row = store.one(f"SELECT {_COLUMNS} FROM files WHERE id = ?", file_id)  # noqa: S608 - constant
    if row is None or (row[8] is not None and not or_deleted):
        return None
    return replace(File(*row), blobs=tuple(json.loads(row[6])))


def get(store: Store, file_id: str) -> File:
    """The live file.

    Raises:
        Rejected: 404 for an id that is unknown or deleted.
    """
    file = find(store, file_id)
    if file is None:
        raise no_such_file(file_id)
    return file


def delete(store: Store, file_id: str, now: float) -> None:
    """Delete a file; its bytes stay while a job was given them.

    Raises:
        Rejected: 404 for an id that is unknown or deleted.
    """
    file = get(store, file_id)
    with store.writing() as db:
        query = "UPDATE files SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL"
        if not db.execute(query, (now, file_id)).rowcount:
            raise no_such_file(file_id)
        if not _has_reader(db, file_id):
            blobs.drop(db, file.blobs)


def _has_reader(db: sqlite3.Connection, file_id: str) -> bool:
    query = (
        "SELECT EXISTS (SELECT 1 FROM jobs WHERE training_file = ?)"
        " OR EXISTS (SELECT 1 FROM jobs WHERE validation_file = ?)"
    )
    return bool(db.execute(query, (file_id, file_id)).fetchone()[0])


def expire(store: Store, now: float) -> None:
    """Delete every file whose time is over."""
    query = "SELECT id FROM files WHERE deleted_at IS NULL AND expires_at <= ? LIMIT 1"
    if store.one(query, now):
        with store.writing() as db:
            db.execute(
                "UPDATE files SET deleted_at = expires_at"
                " WHERE deleted_at IS NULL AND expires_at <= ?",
                (now,),
            )


class FilePage(Struct, frozen=True):
    """Which files a list request asks for; `before` hides files made at or after that time."""

    limit: int
    order: str = "desc"
    after: str | None = None
    purpose: str | None = None
    before: float | None = None


def page(store: Store, asked: FilePage) -> tuple[list[str], list[str], bool]:
    """The ids and the API objects of one page, and whether more follow.

    Raises:
        Rejected: 400 for a cursor that is no live file.
    """
    condition, filters = _filter(asked)
    queries, values = list[str](), list[object]()
    for bounds, position in _stretches(store, asked):
        queries.append(
            f"SELECT id, body, created_at, seq FROM files WHERE {condition} AND {bounds}"  # noqa: S608 - constants
        )
        values += [*filters, *position]
    rows = store.all(
        f"{' UNION ALL '.join(queries)} ORDER BY created_at {asked.order}, seq {asked.order}"
        " LIMIT ?",
        *values,
        asked.limit + 1,
    )
    kept = rows[: asked.limit]
    return [row[0] for row in kept], [row[1] for row in kept], len(rows) > asked.limit


def _filter(asked: FilePage) -> tuple[str, list[object]]:
    conditions, values = ["deleted_at IS NULL"], list[object]()
    if asked.purpose is not None:
        conditions.append("purpose = ?")
        values.append(asked.purpose)
    if asked.before is not None:
        conditions.append("created_at < ?")
        values.append(asked.before)
    return " AND ".join(conditions), values


def _stretches(store: Store, asked: FilePage) -> list[tuple[str, tuple[int, ...]]]:
    """What lies after the cursor: the rest of its second, and the seconds beyond.

    Two stretches of the index: for `(created_at, seq) < (?, ?)` SQLite reads all of the second.
    """
    if asked.after is None:
        return [("TRUE", ())]
    created_at, seq = _position(store, asked.after)
    beyond = "<" if asked.order == "desc" else ">"
    same = (f"created_at = ? AND seq {beyond} ?", (created_at, seq))
    return [same, (f"created_at {beyond} ?", (created_at,))]


def _position(store: Store, file_id: str) -> tuple[int, int]:
    query = "SELECT created_at, seq FROM files WHERE id = ? AND deleted_at IS NULL"
    row = store.one(query, file_id)
    if row is None:
        raise no_such_cursor(file_id)
    return row[0], row[1]


def lines(store: Store, file: File) -> Iterator[bytes]:
    """The lines of a file's content."""
    return blobs.lines(blobs.read(store, file.blobs))
