"""The state in local files: `NAME.json`, and beside it its journal, its lock and its backups.

For one machine: flock does not reach other hosts, and a CI runner's disk goes with the runner.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from reconciler.backends import backups, lockfile
from reconciler.backends.backend import Aside, Stored
from reconciler.backends.durable import (
    Version,
    create_folder,
    discard,
    explained,
    is_at,
    read_file,
    remove_leftovers,
    room,
    sync_folder,
    version,
    write_beside,
)
from reconciler.backends.holder import Holder, fenced, locked, not_that_lock
from reconciler.backends.journal import Journal, read_journal
from reconciler.backends.lockfile import Stamp
from reconciler.core.codec import HEAD_BYTES, epoch_of
from reconciler.errors import Locked, ReconcilerError, Refusal

_ROOM, _LEAST_ROOM = 10, 1_000_000
"""Times the size of the state, and bytes, that have to be free before a run begins to write."""

_DELETED = "its file was deleted while this run held it, so another run may hold one too"
_TAKEN = "somebody unlocked it, or another host holds it too: a local state is for one host only"
_CHANGED = "its file is not the one that this run read or wrote: was a backup put back?"


class _Held(Struct):
    """The lock while it is held: its file, what was written in it, and the document as we know it.

    `has_room` once the disk was found to have some.
    """

    fd: int
    stamp: Stamp
    document: Version | None = None
    has_room: bool = False


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
        self._journal_shown = self._beside(self._journal_path)  # in a hot path
        self._lock_path = document.with_suffix(".lock")
        self._held: _Held | None = None
        self._journal = self._new_journal()

    def _new_journal(self) -> Journal:
        return Journal(self._journal_path, self._journal_shown)

    def _beside(self, path: Path) -> str:
        """A file's name as the user would write it."""
        return str(Path(self.name).with_name(path.name))

    @contextmanager
    def lock(
        self, holder: Holder, timeout: float = 0.0, pause: Callable[[float], None] = time.sleep
    ) -> Iterator[int]:
        """See `Backend.lock`."""
        held = self._take(holder, timeout, pause)
        try:
            with explained("clean up after an earlier run", self.name):
                remove_leftovers(self._document)
                held.document = version(self._document)
            self._held, self._journal = held, self._new_journal()
            yield held.stamp.epoch
        finally:
            self._held = None
            self._journal.close()
            lockfile.release(held.fd, held.stamp)

    def _take(self, holder: Holder, timeout: float, pause: Callable[[float], None]) -> _Held:
        with explained("lock the state", self._beside(self._lock_path)):
            create_folder(self._document.parent)
            fd = lockfile.take(self._lock_path, timeout, pause)
            if fd is not None:
                return _Held(fd, self._marked(fd, holder))
            present = lockfile.written_holder(self._lock_path)
        raise locked(self.name, present, holder.operation, datetime.now(UTC))

    def _marked(self, fd: int, holder: Holder) -> Stamp:
        """The lock file may be a new one beside an old state: the state's epoch counts, too."""
        try:
            self._refuse_foreign(fd)
            with explained("read the state", self.name):
                above = epoch_of(read_file(self._document, HEAD_BYTES) or b"")
            return lockfile.mark(fd, holder, above)
        except BaseException:
            os.close(fd)
            raise

    def _refuse_foreign(self, fd: int) -> None:
        """A project has lock files of other tools, and a manifest may name any state."""
        if not lockfile.is_foreign(fd):
            return
        shown = self._beside(self._lock_path)
        raise Refusal(
            f"refused: {shown} is not the lock of a state",
            where=shown,
            why=f"the lock of {self.name} has this name, and what another tool wrote would be lost",
            cure="another name: state: {backend: state/NAME.json}; or remove that file",
        )

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
        with explained("add to the state's journal", self._journal_shown):
            held = self._check_held()
            if not held.has_room:
                self._check_room()
                held.has_room = True
            self._journal.append(line)

    def checkpoint(self, document: bytes, serial: int) -> None:
        """See `Backend.checkpoint`."""
        with explained("write the state", self.name):
            held = self._check_held()
            temporary = write_beside(self._document, document)
            try:
                backups.keep(self._document, serial - 1)
                temporary.rename(self._document)
            except OSError:
                discard(temporary)
                raise
            held.document = version(self._document)
            sync_folder(self._document.parent)
            self._journal.drop()
            backups.prune(self._document)

    def set_aside(self, why: Aside = "damaged") -> list[str]:
        """See `Backend.set_aside`."""
        with explained("set the state aside", self.name):
            held = self._check_held()
            self._journal.close()
            paths = (self._journal_path, self._document)
            moved = [backups.set_aside(path, why) for path in paths]
            sync_folder(self._document.parent)
            held.document = version(self._document)
        return [self._beside(path) for path in moved if path]

    def _check_held(self) -> _Held:
        """Without the lock nothing is written; nor where somebody else wrote meanwhile."""
        held = self._held
        if held is None:
            raise RuntimeError("the state is written without its lock")
        if not is_at(held.fd, self._lock_path):
            raise fenced("the lock of the state is lost", self._beside(self._lock_path), _DELETED)
        if lockfile.stamp_in(held.fd) != held.stamp:
            raise fenced("the lock of the state was broken", self._beside(self._lock_path), _TAKEN)
        if version(self._document) != held.document:
            raise fenced("the state was changed under this run", self.name, _CHANGED)
        return held

    def _check_room(self) -> None:
        """What is begun must be written down to its end; a disk that is nearly full begins none."""
        size = self._document.stat().st_size if self._document.exists() else 0
        needed, left = max(_ROOM * size, _LEAST_ROOM), room(self._document.parent)
        if left < needed:
            raise ReconcilerError(
                "the disk is nearly full: nothing was begun",
                where=str(Path(self.name).parent),
                why=f"{left // 1000:,} KB are left, and a run wants {needed // 1000:,} KB",
                cure="free some disk space, then the same command again",
            )

    def unlock(self, lock_id: str) -> None:
        """See `Backend.unlock`; where flock knows that the process lives, it keeps its lock."""
        with explained("unlock the state", self._beside(self._lock_path)):
            present = lockfile.written_holder(self._lock_path)
            if present is None or present.id != lock_id:
                raise not_that_lock(self.name, lock_id, self.holder(), datetime.now(UTC))
            is_free = lockfile.blank_if_free(self._lock_path)
        if not is_free:
            raise Locked(
                "the process that holds the lock is alive",
                where=f"{self.name}, lock {lock_id}",
                why="two runs at once could pay twice",
                cure=f"stop process {present.pid} on {present.host}: its lock goes with it",
            )

    def close(self) -> None:
        """See `Backend.close`; between two calls no file is open."""

    def backups(self) -> list[Path]:
        """See `Backend.backups`."""
        with explained("list the backups", self.name):
            return backups.newest_first(self._document)
