"""The store: one SQLite database that several servers, of several processes, share.

One connection a server, guarded by a lock; every write is one BEGIN IMMEDIATE transaction. A
process may be killed at any time; a power cut may lose the last writes (a simulator's trade).
"""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

VERSION = 1
BUSY_SECONDS = 30.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, created_at INTEGER NOT NULL,
  purpose TEXT NOT NULL, filename TEXT NOT NULL, bytes INTEGER NOT NULL, expires_at INTEGER,
  deleted_at REAL, blobs TEXT NOT NULL, job_id TEXT, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS files_live ON files (created_at, seq) WHERE deleted_at IS NULL;
CREATE INDEX IF NOT EXISTS files_purpose ON files (purpose, created_at, seq)
  WHERE deleted_at IS NULL;
CREATE INDEX IF NOT EXISTS files_expiry ON files (expires_at)
  WHERE deleted_at IS NULL AND expires_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS chunks (
  seq INTEGER PRIMARY KEY, blob TEXT NOT NULL, n INTEGER NOT NULL, data BLOB NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS chunks_of ON chunks (blob, n);
CREATE TABLE IF NOT EXISTS uploads (
  id TEXT PRIMARY KEY, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
  bytes INTEGER NOT NULL, filename TEXT NOT NULL, purpose TEXT NOT NULL, lasts INTEGER,
  status TEXT NOT NULL, file_id TEXT);
CREATE TABLE IF NOT EXISTS parts (
  id TEXT PRIMARY KEY, upload_id TEXT NOT NULL, bytes INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS jobs (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, created_at INTEGER NOT NULL,
  due_at REAL, training_file TEXT NOT NULL, validation_file TEXT, tagged INTEGER NOT NULL,
  record TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS jobs_due ON jobs (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS jobs_training ON jobs (training_file);
CREATE INDEX IF NOT EXISTS jobs_validation ON jobs (validation_file);
CREATE INDEX IF NOT EXISTS jobs_untagged ON jobs (seq) WHERE tagged = 0;
CREATE TABLE IF NOT EXISTS job_tags (
  name TEXT, value TEXT, job INTEGER, PRIMARY KEY (name, value, job)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS models (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, created_at INTEGER NOT NULL,
  job_id TEXT NOT NULL, deleted_at REAL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS facts (
  file_id TEXT, method TEXT, record TEXT NOT NULL, PRIMARY KEY (file_id, method)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS requests (route TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS faults (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, record TEXT NOT NULL, skip INTEGER NOT NULL,
  times INTEGER);
"""

Row = tuple[Any, ...]


def _create(path: Path) -> None:
    """A store has every row of its datasets: a new one is its owner's business alone.

    What SQLite makes beside it has the mode of the file itself.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _connect(path: Path | None) -> sqlite3.Connection:
    return sqlite3.connect(
        path or ":memory:",
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )


@contextmanager
def _closed_on_error(db: sqlite3.Connection) -> Iterator[None]:
    """Close a connection if what is done with it fails."""
    try:
        yield
    except BaseException:
        db.close()
        raise


class Store:
    """An open store; `None` keeps it in memory. The folder of a file is created.

    Raises:
        OSError: the file cannot be opened, or is no SQLite database.
        ValueError: the store is damaged, or made by another version of the simulator.
    """

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            _create(path)
        self._lock = threading.RLock()
        try:
            self._db = _connect(path)
            with _closed_on_error(self._db):
                self._prepare()
        except sqlite3.Error as error:
            is_outside = isinstance(error, sqlite3.OperationalError)  # a full disk, no right to it
            kind = OSError if is_outside else ValueError
            raise kind(f"cannot open the store {path}: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._db.close()

    def _prepare(self) -> None:
        # Contents are the bulk of a store: large pages write them twice as fast.
        self._db.execute("PRAGMA page_size = 16384")
        self._use_wal()
        self._db.execute("PRAGMA synchronous = OFF")
        with self.writing():
            (found,) = self.one("PRAGMA user_version") or (0,)
            if found not in (0, VERSION):
                raise ValueError(f"the store has version {found}, not {VERSION}: delete the file")
            if found == 0:
                for statement in _SCHEMA.split(";"):
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version = {VERSION}")

    def _use_wal(self) -> None:
        """Two servers that open a new store at once: SQLite does not wait for this lock itself."""
        deadline = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                self._db.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
            else:
                return

    def all(self, query: str, *values: object) -> list[Row]:
        """Every row of a query."""
        with self._lock:
            return self._db.execute(query, values).fetchall()

    def one(self, query: str, *values: object) -> Row | None:
        """The first row of a query, or None."""
        with self._lock:
            row: Row | None = self._db.execute(query, values).fetchone()
            return row

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction that holds the write lock of the store from its start."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")


def clock_offset(store: Store) -> float:
    """Seconds by which the simulated clock is ahead of the real one."""
    row = store.one("SELECT value FROM meta WHERE name = 'clock_offset'")
    return float(row[0]) if row else 0.0


def advance_clock(store: Store, seconds: float) -> float:
    """Move the simulated clock on, for every server of the store; the new offset."""
    with store.writing() as db:
        db.execute(
            "INSERT INTO meta VALUES ('clock_offset', ?)"
            " ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
            (seconds,),
        )
        return clock_offset(store)
