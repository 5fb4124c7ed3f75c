"""Every call to the operating system fails once, with the likely errnos."""

import errno
import itertools
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from reconciler.backends import Backend, Holder, Stored, open_backend
from reconciler.errors import ReconcilerError
from tests.support.seam import Failing, Seam

MINE = Holder("7c1e04", "ci", "runner-12", 4411, "2026-11-23T14:02:07Z", "apply")

ERRNOS = [
    errno.EIO,
    errno.ENOSPC,
    errno.EACCES,
    errno.EINVAL,
]


def run(backend: Backend, reached: list[str]) -> None:
    """One apply of two lines and two checkpoints, noting what it was promised."""
    backend.load()
    with backend.lock(MINE):
        backend.append(b"1:a")
        reached.append("a")
        backend.append(b"1:b")
        reached.append("b")
        backend.checkpoint(b"2:ab", 2)
        backend.append(b"2:c")
        reached.append("c")
        backend.checkpoint(b"3:abc", 3)
    reached.append("end")


def history(stored: Stored) -> str:
    """The letters that a state says, of the lines those that follow its document."""
    serial, _, letters = (stored.document or b"1:").decode().partition(":")
    lines = [line.decode().split(":") for line in stored.journal]
    return letters + "".join(letter for of, letter in lines if of == serial)


def begun(root: Path) -> None:
    """A state with a document and a journal that a crash cut short."""
    (root / "state").mkdir(parents=True)
    (root / "state/x.json").write_bytes(b"1:")
    (root / "state/x.journal").write_bytes(b"0:old\n1:")


@pytest.fixture(autouse=True)
def _without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """No power is lost here, so nothing needs to wait for the disk."""
    for name in ("fsync", "fdatasync"):
        monkeypatch.setattr(os, name, at_once)


def at_once(fd: int) -> None:
    """Fails as a sync does where there is no such file."""
    os.fstat(fd)


def failing(number: int, at: int = 0) -> Failing:
    """The operation `at` fails with this errno."""
    return Failing(at, OSError(number, os.strerror(number)))


def struck(root: Path, fault: Failing, number: int) -> list[str]:
    """Run into the fault; only an error for a person may come out, and what is there is whole."""
    reached: list[str] = []
    error: ReconcilerError | None = None
    with Seam(root, fault, reads=True).between():
        try:
            run(open_backend("state/x.json", root), reached)
        except ReconcilerError as caught:
            error = caught
    if error:
        assert error.where.startswith("state/x."), error.where
        assert error.why == os.strerror(number)
        assert error.cure
    letters = [step for step in reached if step != "end"]
    found = history(open_backend("state/x.json", root).load())
    assert found in {"abc"[: len(letters)], "abc"[: len(letters) + 1]}
    return reached


@pytest.mark.parametrize("number", ERRNOS, ids=errno.errorcode.get)
@pytest.mark.parametrize("is_new", [False, True], ids=["continued", "new"])
def test_a_fault_leaves_the_old_or_the_new(tmp_path: Path, number: int, is_new: bool) -> None:
    """A fault at any call is an error with a cure; nothing promised is lost; the next run works."""
    for at in itertools.count():
        root = tmp_path / str(at)
        root.mkdir() if is_new else begun(root)
        fault = failing(number, at)
        reached = struck(root, fault, number)
        recovered(root)
        if not fault.failed:
            assert reached[-1] == "end"
            break
    assert at > 60


def recovered(root: Path) -> None:
    """The next run takes the lock at once, writes, and leaves no rubbish."""
    backend = open_backend("state/x.json", root)
    with backend.lock(MINE):
        backend.checkpoint(b"9:z", 9)
        backend.append(b"9:y")
    assert history(backend.load()) == "zy"
    names = {path.name for path in (root / "state").iterdir()}
    assert not [name for name in names if ".tmp-" in name]


@pytest.mark.parametrize("call", ["write", "fdatasync"])
def test_a_failed_append_ends_the_journal_for_this_run(tmp_path: Path, call: str) -> None:
    """After a failed write or sync, a later append that would succeed is refused all the same."""
    backend = open_backend("state/x.json", tmp_path)

    def broken(*_: object) -> None:
        raise OSError(errno.EIO, "broken")

    with backend.lock(MINE):
        backend.append(b"0:a")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, call, broken)
            with pytest.raises(ReconcilerError, match="cannot add to the state's journal"):
                backend.append(b"0:b")
        with pytest.raises(ReconcilerError, match="takes no more lines"):
            backend.append(b"0:c")
    with backend.lock(MINE):
        backend.append(b"0:d")
    assert backend.load().journal[0] == b"0:a"
    assert backend.load().journal[-1] == b"0:d"


def test_a_full_disk_leaves_no_part_of_a_line(tmp_path: Path) -> None:
    """A line of which only a part could be written is taken back at once."""
    backend = open_backend("state/x.json", tmp_path)
    write = os.write
    left = [4]

    def full(fd: int, data: Any) -> int:
        if not left[0]:
            raise OSError(errno.ENOSPC, "full")
        part = bytes(data)[: left[0]]
        left[0] -= len(part)
        return write(fd, part)

    with backend.lock(MINE):
        backend.append(b"0:a")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "write", full)
            with pytest.raises(ReconcilerError) as caught:
                backend.append(b"0:a long line")
    assert caught.value.where == "state/x.journal"
    assert caught.value.why == "No space left on device"
    assert caught.value.cure.startswith("free some disk space")
    assert (tmp_path / "state/x.journal").read_bytes() == b"0:a\n"


def test_folders_that_cannot_be_synced_are_tolerated(tmp_path: Path) -> None:
    """A filesystem that knows no sync of folders says EINVAL, and the state works all the same."""
    fsync = os.fsync

    def files_only(fd: int) -> None:
        if stat.S_ISDIR(os.fstat(fd).st_mode):
            raise OSError(errno.EINVAL, "not for folders")
        fsync(fd)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", files_only)
        reached: list[str] = []
        run(open_backend("state/x.json", tmp_path), reached)
    assert reached[-1] == "end"


@pytest.mark.parametrize("number", [*ERRNOS, errno.ESTALE], ids=errno.errorcode.get)
@pytest.mark.parametrize("folder", ["bots", "log", "documents"])
def test_a_folder_that_cannot_be_listed_is_not_empty(
    tmp_path: Path, number: int, folder: str
) -> None:
    """The state may be in it all the same: a plan is an error, and no lock is taken."""
    backend = open_backend(f"file://{tmp_path}/shared", tmp_path, label="bots")
    with backend.lock(MINE):
        backend.checkpoint(b"1:a", 1)
    before, scandir = sorted(tmp_path.rglob("*")), os.scandir

    def struck(path: Any) -> Any:
        if os.fspath(path).endswith(f"/{folder}"):
            raise OSError(number, os.strerror(number), path)
        return scandir(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "scandir", struck)
        for look in (backend.load, backend.holder, backend.backups, backend.lock(MINE).__enter__):
            with pytest.raises(ReconcilerError, match="cannot list the state") as caught:
                look()
            assert caught.value.why == os.strerror(number)
    assert sorted(tmp_path.rglob("*")) == before
    assert history(backend.load()) == "a"
