"""The state in local files: `NAME.json`, and beside it its journal, its lock and its backups.

For one machine: flock does not reach other hosts, and a CI runner's disk goes with the runner.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from reconciler.backends import backups, lockfile
from reconciler.backends.backend import Stored
from reconciler.backends.durable import (
    create_folder,
    discard,
    explained,
    is_at,
    read_file,
    remove_leftovers,
    sync_folder,
    write_beside,
)
from reconciler.backends.holder import Holder, locked
from reconciler.backends.journal import Journal, read_journal
from reconciler.errors import Locked, ReconcilerError, Refusal


class LocalBackend:
    """A `Backend` over files of one folder, which is made when it is missing.

    The order of a checkpoint follows from the invariants of `Backend`: the new bytes are durable
    under another name before they get the document's, the name is durable before the journal goes.
    """

    is_durable_elsewhere = False

    def __init__(self, document: Path, name: str) -> None:
        self.name = name
        self._document = document
        self._journal_path = document.with_suffix(".journal")
        self._lock_path = document.with_suffix(".lock")
        self._held: int | None = None
        self._journal = self._new_journal()

    def _new_journal(self) -> Journal:
        return Journal(self._journal_path, self._beside(self._journal_path))

    def _beside(self, path: Path) -> str:
        """A file's name as the user would write it."""
        return str(Path(self.name).with_name(path.name))

    @contextmanager
    def lock(
        self, holder: Holder, timeout: float = 0.0, pause: Callable[[float], None] = time.sleep
    ) -> Iterator[None]:
        """See `Backend.lock`."""
        fd = self._take(holder, timeout, pause)
        try:
            with explained("clean up after an earlier run", self.name):
                remove_leftovers(self._document)
            self._held, self._journal = fd, self._new_journal()
            yield
        finally:
            self._held = None
            self._journal.close()
            lockfile.release(fd)

    def _take(self, holder: Holder, timeout: float, pause: Callable[[float], None]) -> int:
        with explained("lock the state", self._beside(self._lock_path)):
            create_folder(self._document.parent)
            fd = lockfile.take(self._lock_path, holder, timeout, pause)
            if fd is not None:
                return fd
            present = lockfile.written_holder(self._lock_path)
        raise locked(self.name, present, holder.operation, datetime.now(UTC))

    def holder(self) -> Holder | None:
        """See `Backend.holder`."""
        with explained("look at the lock", self._beside(self._lock_path)):
            return lockfile.current_holder(self._lock_path)

    def load(self) -> Stored:
        """See `Backend.load`."""
        with explained("read the state", self.name):
            journal = read_journal(self._journal_path)
            return Stored(read_file(self._document), journal)

    def append(self, line: bytes) -> None:
        """See `Backend.append`."""
        with explained("add to the state's journal", self._beside(self._journal_path)):
            self._check_held()
            self._journal.append(line)

    def checkpoint(self, document: bytes, serial: int) -> None:
        """See `Backend.checkpoint`."""
        with explained("write the state", self.name):
            self._check_held()
            temporary = write_beside(self._document, document)
            try:
                backups.keep(self._document, serial - 1)
                temporary.rename(self._document)
            except OSError:
                discard(temporary)
                raise
            sync_folder(self._document.parent)
            self._journal.drop()
            backups.prune(self._document)

    def _check_held(self) -> None:
        """Without the lock nothing is written; also not when its file was deleted meanwhile."""
        if self._held is None:
            raise RuntimeError("the state is written without its lock")
        if not is_at(self._held, self._lock_path):
            raise ReconcilerError(
                "the lock of the state is lost",
                where=self._beside(self._lock_path),
                why="its file was deleted while this run held it, so another run may hold one too",
                cure="the same command again, when no other run is active",
            )

    def unlock(self, lock_id: str) -> None:
        """See `Backend.unlock`; a process that lives keeps its lock, as flock knows it is alive."""
        with explained("unlock the state", self._beside(self._lock_path)):
            present = lockfile.written_holder(self._lock_path)
            if present is None or present.id != lock_id:
                raise _not_that_lock(self.name, lock_id, present)
            is_free = lockfile.blank_if_free(self._lock_path)
        if not is_free:
            raise Locked(
                "the process that holds the lock is alive",
                where=f"{self.name}, lock {lock_id}",
                why="two runs at once could pay twice",
                cure=f"stop process {present.pid} on {present.host}: its lock goes with it",
            )

    def backups(self) -> list[Path]:
        """See `Backend.backups`."""
        with explained("list the backups", self.name):
            return backups.newest_first(self._document)


def _not_that_lock(name: str, lock_id: str, present: Holder | None) -> Refusal:
    return Refusal(
        f"there is no lock {lock_id}",
        where=name,
        why=f"the lock is {present.id}" if present else "the state is not locked",
        cure=f"reconciler state unlock {present.id}" if present else "nothing to do",
    )
