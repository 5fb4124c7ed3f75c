"""A `Backend` at a PostgreSQL server.

The lock is an advisory lock of one session, and all that its holder writes goes over that session.
So a holder whose session ended has no lock and cannot write, and the server knows at once that a
holder is dead whose connection closed. Epoch and `write_id` stand guard beside it.
"""

import hashlib
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import psycopg
from msgspec import Struct
from msgspec.structs import asdict

from reconciler.backends.backend import Aside, Stored
from reconciler.backends.backups import KEPT
from reconciler.backends.holder import Holder, fenced, locked, not_that_lock
from reconciler.backends.journal import no_more_lines, require_line
from reconciler.backends.place import Place
from reconciler.backends.postgres import statements
from reconciler.backends.postgres.connection import Connection, connect, explained, prepare
from reconciler.backends.postgres.tables import MISSING, make_tables, refuse_newer
from reconciler.core.codec import HEAD_BYTES, epoch_of
from reconciler.errors import ReconcilerError, Refusal

_LEAST_WAIT = 0.5
"""Seconds: a session that ends keeps its lock for a moment."""

_BETWEEN_TRIES = 0.1
"""Seconds at first, then longer and longer."""

_LONGEST_WAIT = 2.0

_BROKEN = "somebody unlocked it, or its session at the server ended"
_CHANGED = "what is stored is not what this run read or wrote: was a backup put back?"


class _Held(Struct):
    """The lock while it is held: its session, and the row as its holder knows it."""

    session: Connection
    epoch: int
    write_id: uuid.UUID
    lines: int
    is_broken: bool = False

    def known(self, owner: str) -> dict[str, Any]:
        """What a statement compares."""
        return {
            "owner": owner,
            "epoch": self.epoch,
            "write_id": self.write_id,
            "lines": self.lines,
        }


class _Backup(Struct, frozen=True):
    name: str
    read_bytes: Callable[[], bytes]


class PostgresBackend:
    """See `Backend`; one owner's row."""

    is_durable_elsewhere = True

    def __init__(self, place: Place, environ: Mapping[str, str]) -> None:
        self.name = place.name
        self._place, self._environ, self._owner = place, environ, place.label
        digest = hashlib.sha256(f"reconciler:{place.label}".encode()).digest()
        self._key = int.from_bytes(digest[:8], signed=True)
        self._reader: Connection | None = None
        self._held: _Held | None = None
        self._turn = threading.Lock()

    @contextmanager
    def lock(
        self, holder: Holder, timeout: float = 0.0, pause: Callable[[float], None] = time.sleep
    ) -> Iterator[int]:
        """See `Backend.lock`."""
        session = connect(self._place, self._environ)
        try:
            prepare(session, self.name)
            make_tables(session, self.name)
            self._take(session, holder, timeout, pause)
            self._held = self._marked(session, holder)
            yield self._held.epoch
        finally:
            ended, self._held = self._held, None
            with closing(session), suppress(psycopg.Error):
                if ended:
                    session.execute(statements.LET_GO, ended.known(self._owner))
                    session.execute(statements.FREE, {"key": self._key})

    def _take(
        self,
        session: Connection,
        holder: Holder,
        timeout: float,
        pause: Callable[[float], None],
    ) -> None:
        deadline, wait = time.monotonic() + max(timeout, _LEAST_WAIT), _BETWEEN_TRIES
        while not self._one(session, statements.TRY_LOCK, "lock the state", key=self._key)[0]:
            left = deadline - time.monotonic()
            if left <= 0:
                raise locked(self.name, self.holder(), holder.operation, datetime.now(UTC))
            pause(min(wait, left))
            wait = min(wait * 2, _LONGEST_WAIT)

    def _marked(self, session: Connection, holder: Holder) -> _Held:
        said = json.dumps(asdict(holder))
        doing = "lock the state"
        row = self._one(session, statements.HOLD, doing, owner=self._owner, holder=said)
        return _Held(session, *row)

    def holder(self) -> Holder | None:
        """See `Backend.holder`; whoever has no session any more has no lock."""
        holder, pid = self._present()
        return holder if pid else None

    def _present(self) -> tuple[Holder | None, int | None]:
        """Who took the lock last and did not let go, and the session that has it now."""
        key = self._key % 2**64
        given = {"owner": self._owner, "high": key >> 32, "low": key % 2**32}
        row = self._read(statements.HOLDER, "look at the lock", given)
        return (Holder.from_value(row[0]), row[1]) if row else (None, None)

    def load(self) -> Stored:
        """See `Backend.load`; one statement sees both at one instant."""
        row = self._read(statements.LOAD, "read the state", {"owner": self._owner})
        if not row:
            return Stored(None, ())
        refuse_newer(row[0], self.name)
        return Stored(row[1], tuple(row[2] or ()))

    def append(self, line: bytes) -> None:
        """See `Backend.append`."""
        require_line(line)
        with self._turn, self._holding() as held:
            given = held.known(self._owner) | {"line": line}
            if held.session.execute(statements.APPEND, given).rowcount != 1:
                raise self._fenced(held)
            held.lines += 1

    def checkpoint(self, document: bytes, serial: int) -> None:
        """See `Backend.checkpoint`."""
        new = uuid.uuid4()
        more = {
            "document": document,
            "serial": serial,
            "new": new,
            "above": epoch_of(document[:HEAD_BYTES]),
        }
        with self._turn, self._holding(new) as held:
            row = held.session.execute(
                statements.CHECKPOINT, held.known(self._owner) | more
            ).fetchone()
            if row is None:
                raise self._fenced(held)
            held.epoch, held.write_id, held.lines = row[0], new, 0
            with suppress(psycopg.Error):
                held.session.execute(statements.PRUNE, {"owner": self._owner, "kept": KEPT})

    def set_aside(self, why: Aside = "damaged") -> list[str]:
        """See `Backend.set_aside`."""
        new = uuid.uuid4()
        with self._turn, self._holding() as held:
            given = held.known(self._owner) | {"new": new, "why": why}
            row = held.session.execute(statements.SET_ASIDE, given).fetchone()
            if row is None:
                raise self._fenced(held)
            held.write_id, held.lines = new, 0
        _, number, *has = row
        parts = ("journal", "document")
        return [
            f"reconciler.aside: {self._owner}, {why} {number}, its {part}"
            for part, is_there in zip(parts, reversed(has), strict=True)
            if is_there
        ]

    @contextmanager
    def _holding(self, new: uuid.UUID | None = None) -> Iterator[_Held]:
        """Write under the lock. After a failure what is stored is not known, so nothing more is.

        Args:
            new: of the document that is written; found there afterwards, it was.
        """
        held = self._held
        if held is None:
            raise RuntimeError("the state is written without its lock")
        if held.is_broken:
            raise no_more_lines(self.name)
        try:
            with explained("write the state", self.name):
                yield held
        except ReconcilerError as error:
            held.is_broken = True
            if isinstance(error.__cause__, psycopg.Error):
                self._explain(held, new)
            if not (new and self._is_written(new)):
                raise

    def _explain(self, held: _Held, new: uuid.UUID | None) -> None:
        """After a session that broke: raises `Fenced` where somebody broke its lock."""
        row = self._standing()
        if row and row[0] != held.epoch and row[1] != new:
            raise fenced("the lock of the state was broken", self.name, _BROKEN)

    def _is_written(self, new: uuid.UUID) -> bool:
        """Whether a document whose answer was lost is stored."""
        row = self._standing()
        return bool(row) and row[1] == new

    def _standing(self) -> Any:  # noqa: ANN401  # a row, or nothing that can be told
        with suppress(ReconcilerError):
            return self._read(statements.STANDING, "read the state", {"owner": self._owner})
        return None

    def _fenced(self, held: _Held) -> ReconcilerError:
        row = self._standing()
        is_broken = row and row[0] != held.epoch
        what = "the lock of the state was broken" if is_broken else "the state was changed"
        return fenced(what, self.name, _BROKEN if is_broken else _CHANGED)

    def unlock(self, lock_id: str) -> None:
        """See `Backend.unlock`; a session that still has the lock is ended by the server."""
        present, pid = self._present()
        if present is None or present.id != lock_id:
            raise self._not_that_lock(lock_id)
        given = {"owner": self._owner, "id": lock_id, "pid": pid}
        session = self._session()
        with explained("unlock the state", self.name):
            if session.execute(statements.BREAK, given).rowcount != 1:
                raise self._not_that_lock(lock_id)
            if pid:
                session.execute(statements.END_SESSION, given)

    def _not_that_lock(self, lock_id: str) -> Refusal:
        return not_that_lock(self.name, lock_id, self.holder(), datetime.now(UTC))

    def backups(self) -> list[_Backup]:
        """See `Backend.backups`."""
        with explained("list the backups", self.name):
            try:
                rows = self._session().execute(statements.HISTORY, {"owner": self._owner})
            except MISSING:
                return []
            return [_Backup(f"{self._owner}-{serial}", self._reading(id_)) for serial, id_ in rows]

    def _reading(self, write_id: uuid.UUID) -> Callable[[], bytes]:
        def read_bytes() -> bytes:
            given = {"owner": self._owner, "write_id": write_id}
            row = self._read(statements.BACKUP, "read a backup", given)
            return bytes(row[0]) if row else b""

        return read_bytes

    def close(self) -> None:
        """See `Backend.close`."""
        reader, self._reader = self._reader, None
        if reader:
            reader.close()

    def _read(self, statement: str, doing: str, given: Mapping[str, Any]) -> Any:  # noqa: ANN401
        """One row, or None where there is none or no table yet."""
        with explained(doing, self.name):
            try:
                return self._session().execute(statement, given, binary=True).fetchone()
            except MISSING:
                return None

    def _session(self) -> Connection:
        """The lock's, or one for what needs no lock; a new one where the last one ended."""
        if self._held and not (self._held.is_broken or self._held.session.closed):
            return self._held.session
        if self._reader is None or self._reader.closed:
            self._reader = connect(self._place, self._environ)
        return self._reader

    def _one(self, session: Connection, statement: str, doing: str, **given: object) -> Any:  # noqa: ANN401
        with explained(doing, self.name):
            return session.execute(statement, given).fetchone()
