"""A `Backend` over a store that creates an object once; `log.py` says how that is enough.

Invariants: a holder writes at the number after the last that it knows, so whatever somebody else
wrote meanwhile stops it. The highest record is never removed, nor is one that broke a lock or that
cannot be read; of the others only what a later one made needless, and of a damaged log none.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from uuid import uuid4

from msgspec import Struct
from msgspec.structs import replace

from reconciler.backends.backend import Aside, Stored
from reconciler.backends.backups import KEPT
from reconciler.backends.holder import Holder, fenced, locked, not_that_lock
from reconciler.backends.journal import no_more_lines, require_line
from reconciler.backends.objects.log import (
    Head,
    Kind,
    Log,
    head_record,
    key_of,
    line_record,
    number_of,
)
from reconciler.backends.objects.reader import DOCUMENTS, Reader
from reconciler.backends.objects.store import Store, StoreError, created
from reconciler.core.codec import HEAD_BYTES, REBUILD, epoch_of
from reconciler.errors import Damaged, Fenced, ReconcilerError, Refusal

_LEAST_WAIT = 0.25
_BETWEEN_TRIES = 0.25
_LONGEST_WAIT = 5.0
"""Seconds between two looks at a lock that is held: each is a request that costs something."""

_TRIES = 20
"""How often a place in the log is fought for."""

_FAILURES = (StoreError, ReconcilerError)


class _Held(Struct):
    """The lock while it is held, and the log as its holder knows it.

    Attributes:
        following: numbers that are needless once there is another document.
        documents: the keys of all there are, the oldest first.
    """

    last: int
    head: Head
    lines: int
    following: list[int]
    documents: list[str]
    is_broken: bool = False


class _Backup(Struct, frozen=True):
    name: str
    read_bytes: Callable[[], bytes]


class ObjectsBackend:
    """See `Backend`; one prefix of a store."""

    def __init__(self, store: Store, name: str, *, is_remote: bool) -> None:
        self.name, self.is_durable_elsewhere = name, is_remote
        self._store, self._reader = store, Reader(store)
        self._looked: tuple[Log, bytes | None] | None = None
        self._held: _Held | None = None
        self._turn = threading.Lock()

    @contextmanager
    def lock(
        self, holder: Holder, timeout: float = 0.0, pause: Callable[[float], None] = time.sleep
    ) -> Iterator[int]:
        """See `Backend.lock`."""
        self._looked = None
        with self._explained("lock the state"):
            self._held = held = self._take(holder, timeout, pause)
        try:
            yield held.head.epoch
        finally:
            self._held = None
            with suppress(*_FAILURES):
                self._let_go(held)

    def _take(self, holder: Holder, timeout: float, pause: Callable[[float], None]) -> _Held:
        deadline, wait = time.monotonic() + max(timeout, _LEAST_WAIT), _BETWEEN_TRIES
        while True:
            log = self._reader.look()
            if log.head.holder is None:
                if held := self._claimed(log, holder):
                    self._remove(log.spent)
                    return held
                continue  # somebody was quicker: who holds it is to be told
            left = deadline - time.monotonic()
            if left <= 0:
                raise locked(self.name, log.head.holder, holder.operation, datetime.now(UTC))
            pause(min(wait, left))
            wait = min(wait * 2, _LONGEST_WAIT)

    def _claimed(self, log: Log, holder: Holder) -> _Held | None:
        """The lock, unless another one was quicker."""
        number, documents = log.last + 1, self._reader.documents
        head = replace(log.head, epoch=log.head.epoch + 1, holder=holder)
        record = head_record("lock", head)
        if not created(self._store, key_of(number), record):
            return None
        try:
            is_ours = self._is_highest(number)
            if is_ours:
                self._probe(number, record)
        except BaseException:
            self._remove([number])
            raise
        if is_ours:
            return _Held(number, head, len(log.lines), [*log.following, number], documents)
        self._remove([number])
        return None

    def _is_highest(self, number: int) -> bool:
        """Whether the log really ended there: what we saw of it may have been long gone.

        Raises `Refusal` where the list lacks what was just created: nothing is safe on it.
        """
        numbers = map(number_of, self._store.names())
        highest = max((n for n in numbers if n is not None), default=-1)
        if highest < number:
            raise Refusal(
                "refused: the store does not list what was just created",
                where=self.name,
                why="two runs that do not see each other could hold the lock at the same time",
                cure="a store whose list is up to date (S3, GCS, Azure, MinIO, R2), "
                "or postgresql://",
            )
        return highest == number

    def _probe(self, number: int, record: bytes) -> None:
        """Raises `Refusal` where the store creates an object twice: nothing is safe on it."""
        if self._store.create(key_of(number), record):
            raise Refusal(
                "refused: the store ignores conditional writes",
                where=self.name,
                why="it overwrote an object that is to be created once (If-None-Match: *), so two "
                "runs could hold the lock at the same time",
                cure="a store that honours it (S3, GCS, Azure, MinIO, R2 do), or postgresql://",
            )

    def _let_go(self, held: _Held) -> None:
        """A write of ours that came late may stand where we believe the end: then after it."""
        for _ in range(_TRIES):
            free = replace(held.head, holder=None)
            if created(self._store, key_of(held.last + 1), head_record("release", free)):
                return
            log = self._reader.look()
            if (log.head.holder, log.head.epoch) != (held.head.holder, held.head.epoch):
                return
            held.last, held.head = log.last, log.head

    def holder(self) -> Holder | None:
        """See `Backend.holder`; no store knows whether it lives.

        Whoever plans asks for the state next, and is given what was read here: of one instant.
        """
        with self._explained("look at the lock"):
            self._looked = self._reader.log_and_document()
        return self._looked[0].head.holder

    def load(self) -> Stored:
        """See `Backend.load`: one list, and then everything that it names at once."""
        with self._explained("read the state"):
            log, document = self._looked or self._reader.log_and_document()
        self._looked = None
        if log.damage:
            raise Damaged(
                "refused: the state is damaged", where=self.name, why=log.damage, cure=REBUILD
            )
        return Stored(document, log.lines)

    def append(self, line: bytes) -> None:
        """See `Backend.append`."""
        require_line(line)
        with self._turn, self._holding() as held:
            self._write(held, line_record(line, held.lines, held.head.epoch))
            held.lines += 1
            held.following.append(held.last)

    def checkpoint(self, document: bytes, serial: int) -> None:
        """See `Backend.checkpoint`: the document under a name of its own, then what names it."""
        with self._turn, self._holding() as held:
            key = f"{DOCUMENTS}{held.last + 1:016}-{uuid4().hex[:8]}-{serial}"
            created(self._store, key, document)
            epoch = max(held.head.epoch, epoch_of(document[:HEAD_BYTES]))
            try:
                self._write_head(held, "checkpoint", epoch=epoch, document=key, serial=serial)
            except Fenced:
                self._store.remove([key])
                raise
            held.documents.append(key)
            with suppress(*_FAILURES):
                self._store.remove(held.documents[: -KEPT - 1])
            del held.documents[: -KEPT - 1]

    def set_aside(self, why: Aside = "damaged") -> list[str]:
        """See `Backend.set_aside`."""
        with self._turn, self._holding() as held:
            log, document = self._reader.log_and_document()
            journal = self._reader.records() if log.damage else b"\n".join(log.lines)
            where = f"{why}/{held.last + 1:016}"
            kept = {f"{where}-journal": journal, f"{where}-document": document or b""}
            kept = {key: data for key, data in kept.items() if data}
            for key, data in kept.items():
                created(self._store, key, data)
            self._write_head(held, "aside", epoch=held.head.epoch, document="", serial=0)
        return [f"{self.name}/{key}" for key in kept]

    def _write_head(
        self, held: _Held, kind: Kind, *, epoch: int, document: str, serial: int
    ) -> None:
        """Let another document count, or none; what followed the one before is needless then."""
        since = held.last + 2
        head = Head(epoch, held.head.holder, document, serial, since)
        self._write(held, head_record(kind, head))
        self._remove(held.following)
        held.head, held.lines, held.following = head, 0, [held.last]

    def _write(self, held: _Held, record: bytes) -> None:
        """The next record, where we know the log to end.

        Raises:
            Fenced: it does not end there.
        """
        if not created(self._store, key_of(held.last + 1), record):
            raise self._fenced(held)
        held.last += 1

    def _fenced(self, held: _Held) -> Fenced:
        head = self._reader.look().head
        if head.epoch != held.head.epoch:
            return fenced("the lock of the state was broken", self.name, "somebody unlocked it")
        return fenced(
            "the state was changed under this run",
            self.name,
            "what is stored is not what this run read or wrote: was a backup put back?",
        )

    @contextmanager
    def _holding(self) -> Iterator[_Held]:
        """Write under the lock. After a failure what is stored is not known, so nothing more is."""
        held = self._held
        if held is None:
            raise RuntimeError("the state is written without its lock")
        if held.is_broken:
            raise no_more_lines(self.name)
        try:
            with self._explained("write the state"):
                yield held
        except BaseException:
            held.is_broken = True
            raise

    def unlock(self, lock_id: str) -> None:
        """See `Backend.unlock`; nobody knows here whether the holder lives."""
        with self._explained("unlock the state"):
            for _ in range(_TRIES):
                log = self._reader.look()
                present = log.head.holder
                if present is None or present.id != lock_id:
                    raise not_that_lock(self.name, lock_id, present, datetime.now(UTC))
                head = replace(log.head, epoch=log.head.epoch + 1, holder=None)
                if created(self._store, key_of(log.last + 1), head_record("unlock", head)):
                    return
            raise StoreError("its holder writes faster than it can be unlocked: it lives")

    def backups(self) -> list[_Backup]:
        """See `Backend.backups`."""
        with self._explained("list the backups"):
            present = self._reader.look().head.document
            older = [key for key in self._reader.documents if key < present]
        return [_Backup(key, partial(self._backup, key)) for key in reversed(older[-KEPT:])]

    def _backup(self, key: str) -> bytes:
        with self._explained("read a backup"):
            return self._store.read([key])[0] or b""

    def close(self) -> None:
        """See `Backend.close`; nothing is kept open."""

    def _remove(self, numbers: Iterable[int]) -> None:
        """Remove records that nobody needs; what stays is removed by a later run."""
        keys = [key_of(number) for number in numbers]
        with suppress(*_FAILURES):
            if keys:
                self._store.remove(keys)

    @contextmanager
    def _explained(self, doing: str) -> Iterator[None]:
        """Turn an error of the store into one for a person."""
        try:
            yield
        except StoreError as error:
            raise ReconcilerError(
                f"cannot {doing}",
                where=self.name,
                why=error.why,
                cure=error.cure or "look at the network and the store, then the same command again",
            ) from error
