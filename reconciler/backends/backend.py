"""What every state backend promises."""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Literal, NamedTuple, Protocol

from reconciler.backends.holder import Holder

Aside = Literal["damaged", "archived"]
"""Why a state is put aside; it is in the names that are given."""


class Stored(NamedTuple):
    """What a backend holds.

    Attributes:
        document: the last checkpoint, or None before the first.
        journal: the lines appended since, oldest first, without their newline. An append that a
            crash cut short is not among them.
    """

    document: bytes | None
    journal: tuple[bytes, ...]


class Backup(Protocol):
    """A document that was replaced; `pathlib.Path` is one."""

    @property
    def name(self) -> str:
        """Ends in `-SERIAL`, its own."""
        ...

    def read_bytes(self) -> bytes:
        """The document."""
        ...


class Backend(Protocol):
    """One state: a document, a journal of what happened since, and a lock.

    Invariants:
        1. One holder at a time; only the holder appends and checkpoints.
        2. What `append` or `checkpoint` returned from survives a kill and a power loss.
        3. A reader at any instant gets a whole old document or a whole new one, never a mix.
        4. The journal is dropped after the new document is durable, never before. A crash in
           between leaves lines that the document already holds, so every line must name the
           document that it follows, and whoever replays them skips lines of another one.
        5. Each lock has an epoch above that of every lock and every document before it, and
           `unlock` raises it, too. From then on a write of an earlier holder raises `Fenced`.
        6. A write is a compare-and-swap: it takes effect only where document and journal are as
           this holder found or left them; else it raises `Fenced`, and changes nothing.
        7. A store that may answer late or not at all is asked what it holds: no two documents are
           equal (each has a `write_id`), so finding one's own means that it was written.

    So a holder whose lock was taken away while it lives can announce nothing more, and what it did
    announce stands in the journal that its successor reads. A table has columns for lineage,
    serial, epoch and write id, and one statement that compares them; an object store has the tag
    of the object, and keeps the epoch in it.

    Every failure of the store is a `ReconcilerError` that names place, cause and cure.
    """

    @property
    def name(self) -> str:
        """The location as the user wrote it, e.g. `state/support-bots.json`."""
        ...

    @property
    def is_durable_elsewhere(self) -> bool:
        """Whether the state outlives the disk of this machine; a CI runner's does not."""
        ...

    def lock(
        self, holder: Holder, timeout: float = 0.0, pause: Callable[[float], None] = time.sleep
    ) -> AbstractContextManager[int]:
        """Hold the state while the context lasts, under the epoch that it gives.

        Args:
            holder: who asks; others are shown it while the lock lasts.
            timeout: seconds to wait for the present holder; about a quarter of a second at least.
            pause: sleeps between two tries.

        Raises:
            Locked: another one holds it still, and who.
        """
        ...

    def holder(self) -> Holder | None:
        """Who holds the lock now, as far as can be told; None when nobody does.

        The next `load` without the lock may be of this same instant.
        """
        ...

    def load(self) -> Stored:
        """What is stored, with the lock or without.

        The journal is read before the document. So a reader beside a writer may see a document that
        has the journal's lines in it already, but never one that misses lines dropped meanwhile.
        """
        ...

    def append(self, line: bytes) -> None:
        """Add a line to the journal; durable on return. Threads may append side by side.

        Args:
            line: not empty, without newline or NUL: so a torn line can be told from a whole one.

        Raises:
            Fenced: this hold on the state is over (invariants 5 and 6).
            ReconcilerError: the line is not promised. It may be there after a failed sync, so what
                it announces must not be done; this lock then takes no further line.
        """
        ...

    def checkpoint(self, document: bytes, serial: int) -> None:
        """Replace the document, atomically and durably; then drop the journal.

        The old document stays as a backup. No append may run beside it: a line that the document
        does not hold would be dropped with the others.

        Args:
            document: everything that the journal says included.
            serial: the document's own, one more than that of the document it replaces.

        Raises:
            Fenced: as `append`.
        """
        ...

    def set_aside(self, why: Aside = "damaged") -> Sequence[str]:
        """Give document and journal other names, durably: afterwards the state is a missing one.

        For what is not to be lost, and cannot be read, or is of another endpoint. Returns the
        names, as the user would write them; empty where nothing was there.

        Raises:
            Fenced: as `append`.
        """
        ...

    def unlock(self, lock_id: str) -> None:
        """Break the lock, because a person says that its holder is dead: it writes no more.

        Raises:
            Refusal: the lock is another one, or there is none.
            Locked: the holder is known to be alive.
        """
        ...

    def backups(self) -> Sequence[Backup]:
        """The replaced documents, the newest first."""
        ...

    def close(self) -> None:
        """Let go of connections; whatever is asked afterwards makes new ones."""
        ...
