"""A backend in memory, and the hand of one process on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciler.backends import Stored
from reconciler.errors import Fenced, Locked
from tests.support.world import Fuse


@dataclass
class Disk:
    """A backend in memory; each write touches the fuse before and after."""

    fuse: Fuse
    document: bytes | None = None
    journal: list[bytes] = field(default_factory=list)
    name: str = "state/test.json"
    is_locked: bool = False
    turn: int = 0
    """How often the lock was taken."""
    writer: int = 0
    """Whose turn it was when the one that writes took the lock."""

    def load(self) -> Stored:
        return Stored(self.document, tuple(self.journal))

    def backups(self) -> list[Path]:
        return []

    def append(self, line: bytes) -> None:
        with self._writing():
            self.journal.append(line)

    def checkpoint(self, document: bytes, serial: int) -> None:
        with self._writing():
            self.document = document
        self.journal = []

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Whoever lost the lock is found out at the very moment of its write."""
        writer = self.writer
        self.fuse.touch()
        if writer != self.turn:
            raise Fenced("the lock of the state was broken", where=self.name)
        yield
        self.fuse.touch()


class Hand:
    """One process at a disk: it has the lock, or had it."""

    def __init__(self, disk: Disk) -> None:
        self._disk, self._turn = disk, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._disk, name)

    @contextmanager
    def lock(self) -> Iterator[int]:
        """A process that dies lets go of it, as the kernel sees to."""
        disk = self._disk
        if disk.is_locked:
            raise Locked("the state is locked", where=disk.name)
        disk.is_locked, disk.turn = True, disk.turn + 1
        self._turn = disk.turn
        try:
            yield disk.turn
        finally:
            disk.is_locked &= disk.turn != self._turn

    def append(self, line: bytes) -> None:
        """Fails once another process took the lock."""
        self._disk.writer = self._turn
        self._disk.append(line)

    def checkpoint(self, document: bytes, serial: int) -> None:
        """Likewise."""
        self._disk.writer = self._turn
        self._disk.checkpoint(document, serial)
