"""The journal: one file of lines, only ever added to, each line durable before the next."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from reconciler.backends.durable import is_at, open_safely, read_file, sync_folder, write_all
from reconciler.errors import Fenced, ReconcilerError


def require_line(line: bytes) -> None:
    """Raises `ValueError` for what a torn line could look like; the caller has made a mistake."""
    if not line or b"\n" in line or b"\0" in line:
        raise ValueError("a journal line is not empty and has neither newline nor NUL")


def whole_length(data: bytes) -> int:
    """How much of a journal's bytes is whole lines.

    Only the last append can be torn, because each is synced before the next. A torn one lacks its
    newline, or, where the filesystem kept its length and lost its bytes, has NULs in it.
    """
    end = data.rfind(b"\n") + 1
    start = data.rfind(b"\n", 0, max(end - 1, 0)) + 1
    return start if b"\0" in data[start:end] else end


def read_journal(path: Path) -> tuple[bytes, ...]:
    """The whole lines of a journal, none when there is no file."""
    data = read_file(path) or b""
    return tuple(data[: whole_length(data)].split(b"\n")[:-1])


def no_more_lines(shown: str) -> ReconcilerError:
    """The error of every write after one that failed."""
    return ReconcilerError(
        "the journal takes no more lines in this run",
        where=shown,
        why="an earlier write failed, so what is stored is not known",
        cure="the same command again: it reads what is there and goes on from it",
    )


class Journal:
    """The journal's file, opened at the first append by the holder of the lock.

    It is removed rather than emptied when it is dropped: a reader without the lock keeps the file
    that it opened, and never sees the end of one journal behind the start of another.
    """

    def __init__(self, path: Path, shown: str) -> None:
        self._path, self._shown = path, shown
        self._fd: int | None = None
        self._size = 0
        self._is_broken = False
        self._turn = threading.Lock()

    def append(self, line: bytes) -> None:
        """Add one line; durable on return. After a failure every further append is refused."""
        require_line(line)
        with self._turn, self._broken_by_failure():
            if self._fd is None:
                self._fd = _open_whole(self._path)
                self._size = os.fstat(self._fd).st_size
            self._check_ours(self._fd)
            _add(self._fd, line + b"\n")
            self._size += len(line) + 1

    def drop(self) -> None:
        """Remove the journal: all that it says is in a durable document.

        No sync: should the name come back after a power loss, its lines carry an old serial. The
        next journal's creation syncs the folder before any line is promised.
        """
        with self._turn:
            self._close()
            with suppress(FileNotFoundError):
                self._path.unlink()

    def close(self) -> None:
        """Let go of the file; its lines stay."""
        with self._turn:
            self._close()

    def _close(self) -> None:
        fd, self._fd = self._fd, None
        if fd is not None:
            with suppress(OSError):  # every line in it is synced, so there is nothing left to fail
                os.close(fd)

    @contextmanager
    def _broken_by_failure(self) -> Iterator[None]:
        if self._is_broken:
            raise no_more_lines(self._shown)
        try:
            yield
        except BaseException:
            self._is_broken = True
            raise

    def _check_ours(self, fd: int) -> None:
        is_there = is_at(fd, self._path)
        if not is_there or os.fstat(fd).st_size != self._size:
            raise Fenced(
                f"the journal was {'changed' if is_there else 'deleted'} while it was in use",
                where=self._shown,
                why="only the run that holds the lock may write; nothing further was started",
                cure="the same command again: what this run made is found by its markers",
            )


def _open_whole(path: Path) -> int:
    """Open the journal for appending, its name durable and a torn tail cut off."""
    fd = open_safely(path, os.O_RDWR | os.O_APPEND | os.O_CREAT)
    try:
        sync_folder(path.parent)
        _cut_torn_tail(fd)
    except BaseException:
        os.close(fd)
        raise
    return fd


def _cut_torn_tail(fd: int) -> None:
    size = os.fstat(fd).st_size
    whole = whole_length(os.pread(fd, size, 0))
    if whole < size:
        os.ftruncate(fd, whole)
        os.fsync(fd)  # else bytes of the tail could come back behind the next line


def _add(fd: int, line: bytes) -> None:
    """Write and sync; what was written in part is taken back."""
    before = os.fstat(fd).st_size
    try:
        write_all(fd, line)
    except OSError:
        with suppress(OSError):
            os.ftruncate(fd, before)
        raise
    os.fdatasync(fd)
