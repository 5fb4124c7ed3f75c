"""Power loss: whatever of the unsynced reaches the disk, the state is the old or the new one.

A run of the local backend is recorded, operation by operation. Then the power fails after each of
them, and each choice of the operations not yet made durable by an fsync is left out, cut short or
filled with NULs. What the disk then holds is loaded with the real backend.
"""

import itertools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

from reconciler.backends import Backend, Holder, Stored, open_backend

MINE = Holder("7c1e04", "ci", "runner-12", 4411, "2026-11-23T14:02:07Z", "apply")
CAP = 4096
"""Choices tried for one instant, at most."""

Survival = Literal["lost", "whole", "half", "nuls"]


@dataclass(frozen=True, slots=True)
class Op:
    """An operation on an inode: a file's bytes, or a folder's names."""

    verb: Literal["write", "cut", "name", "unname", "sync", "promise"]
    inode: int
    name: str = ""
    target: int = 0
    at: int = 0
    data: bytes = b""


@dataclass(slots=True)
class Recorder:
    """What a run does to the files below a folder, and what it was promised."""

    ops: list[Op] = field(default_factory=list)
    renewed: dict[int, int] = field(default_factory=dict)

    def note(self, verb: Any, inode: int, **rest: Any) -> None:
        self.ops.append(Op(verb, inode, **rest))

    def inode(self, file: int | Path) -> int:
        """A number that, unlike the filesystem's own, is never used again for another file."""
        found = (os.fstat(file) if isinstance(file, int) else file.stat()).st_ino
        return self.renewed.get(found, found)

    def renew(self, file: int | Path) -> int:
        found = (os.fstat(file) if isinstance(file, int) else file.stat()).st_ino
        self.renewed[found] = -len(self.ops) - 1
        return self.inode(file)

    def names(self, path: Path) -> tuple[int, str]:
        return self.inode(path.parent), path.name

    def opened(self, call: Callable[..., int], path: Any, flags: int, mode: int = 0o777) -> int:
        is_new = flags & os.O_CREAT and not Path(path).exists()
        fd = call(path, flags, mode)
        if is_new:
            folder, name = self.names(Path(path))
            self.note("name", folder, name=name, target=self.renew(fd))
        return fd

    def written(self, call: Callable[..., int], fd: int, data: Any) -> int:
        done = call(fd, data)
        at = os.lseek(fd, 0, os.SEEK_CUR) - done
        self.note("write", self.inode(fd), at=at, data=bytes(data)[:done])
        return done

    def cut(self, call: Callable[..., None], fd: int, length: int) -> None:
        call(fd, length)
        self.note("cut", self.inode(fd), at=length)

    def synced(self, call: Callable[..., None], fd: int) -> None:
        call(fd)
        self.note("sync", self.inode(fd))

    def renamed(self, call: Callable[..., None], old: Any, new: Any) -> None:
        target = self.inode(Path(old))
        call(old, new)
        folder, name = self.names(Path(new))
        # One operation: the new name appears and the old one goes, or neither.
        self.note("name", folder, name=f"{Path(old).name}/{name}", target=target)

    def linked(self, call: Callable[..., None], old: Any, new: Any, **rest: Any) -> None:
        call(old, new, **rest)
        folder, name = self.names(Path(new))
        self.note("name", folder, name=name, target=self.inode(Path(new)))

    def unlinked(self, call: Callable[..., None], path: Any, **rest: Any) -> None:
        call(path, **rest)
        folder, name = self.names(Path(path))
        self.note("unname", folder, name=name)

    def made(self, call: Callable[..., None], path: Any, *rest: Any) -> None:
        call(path, *rest)
        folder, name = self.names(Path(path))
        self.note("name", folder, name=name, target=self.renew(Path(path)))


@contextmanager
def recorded() -> Iterator[Recorder]:
    """Record every call that changes or syncs a file."""
    recorder = Recorder()
    watchers: Mapping[str, Callable[..., Any]] = {
        "open": recorder.opened,
        "write": recorder.written,
        "ftruncate": recorder.cut,
        "fsync": recorder.synced,
        "fdatasync": recorder.synced,
        "rename": recorder.renamed,
        "link": recorder.linked,
        "unlink": recorder.unlinked,
        "mkdir": recorder.made,
    }

    def watched(watch: Callable[..., Any], call: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args, **rest: watch(call, *args, **rest)

    with pytest.MonkeyPatch.context() as patch:
        for name, watch in watchers.items():
            patch.setattr(os, name, watched(watch, getattr(os, name)))
        yield recorder


@dataclass(slots=True)
class Disk:
    """The inodes after a power loss: bytes of files, names in folders."""

    files: dict[int, bytes]
    folders: dict[int, dict[str, int]]

    def take(self, op: Op, survival: Survival) -> None:
        match op.verb:
            case "write":
                before = self.files.get(op.inode, b"").ljust(op.at, b"\0")
                data = surviving(op.data, survival)
                self.files[op.inode] = before[: op.at] + data + before[op.at + len(data) :]
            case "cut":
                self.files[op.inode] = self.files.get(op.inode, b"")[: op.at].ljust(op.at, b"\0")
            case "name":
                *old, name = op.name.split("/")
                for gone in old:
                    self.folders.setdefault(op.inode, {}).pop(gone, None)
                self.folders.setdefault(op.inode, {})[name] = op.target
            case "unname":
                self.folders.setdefault(op.inode, {}).pop(op.name, None)
            case "sync" | "promise":
                pass

    def copy(self) -> "Disk":
        return Disk(dict(self.files), {inode: dict(names) for inode, names in self.folders.items()})

    def lay_out(self, folder: Path, inode: int) -> None:
        """Write the tree that a folder's inode stands for; clears what is there."""
        folder.mkdir(exist_ok=True)
        names = self.folders.get(inode, {})
        for path in folder.iterdir():
            if path.is_file():
                path.unlink()
            elif path.name not in names:
                for file in path.iterdir():
                    file.unlink()
        for name, target in names.items():
            if target in self.folders or not name.count("."):
                self.lay_out(folder / name, target)
            else:
                (folder / name).write_bytes(self.files.get(target, b""))


def surviving(data: bytes, survival: Survival) -> bytes:
    """What of a write came to the disk."""
    match survival:
        case "whole":
            return data
        case "half":
            return data[: len(data) // 2]
        case "nuls":
            return bytes(len(data))
        case "lost":
            return b""


def losses(start: Disk, ops: Sequence[Op]) -> Iterator[Disk]:
    """Every disk that a power loss after these operations can leave."""
    synced = {op.inode: place for place, op in enumerate(ops) if op.verb == "sync"}
    effects = [(place, op) for place, op in enumerate(ops) if op.verb not in ("sync", "promise")]
    choices: list[tuple[Survival, ...]] = []
    for place, op in effects:
        if place < synced.get(op.inode, -1):
            choices.append(("whole",))
        else:
            torn: tuple[Survival, ...] = ("half", "nuls") if op.verb == "write" else ()
            choices.append(("lost", "whole", *torn))
    for survivals in itertools.islice(itertools.product(*choices), CAP):
        disk = start.copy()
        for (_, op), survival in zip(effects, survivals, strict=True):
            if survival != "lost":
                disk.take(op, survival)
        yield disk


def history(stored: Stored) -> bytes:
    """What a state says, one letter a step: document `SERIAL:LETTERS`, lines `SERIAL:LETTER`."""
    serial, _, letters = (stored.document or b"0:").partition(b":")
    assert serial.isdigit(), f"the document is unreadable: {stored.document!r}"
    for line in stored.journal:
        of, _, letter = line.partition(b":")
        assert of.isdigit(), f"a line is unreadable: {line!r}"
        assert len(letter) == 1, f"a line is unreadable: {line!r}"
        letters += letter if of == serial else b""
    return letters


def run(backend: Backend, promise: Callable[[], None]) -> None:
    """Two applies, each of some steps and checkpoints; every step says one more letter."""
    letters, serial = history(backend.load()), 0
    for steps in ("aaCaC", "aCa"):
        with backend.lock(MINE):
            for step in steps:
                if step == "C":
                    serial += 1
                    backend.checkpoint(b"%d:%s" % (serial, letters), serial)
                else:
                    letter = b"%c" % (ord("a") + len(letters))
                    backend.append(b"%d:%s" % (serial, letter))
                    letters += letter
                promise()


def record_run(root: Path) -> tuple[Disk, list[Op], int]:
    """The disk before a run, what the run did, and the inode of the root folder."""
    top = root.stat().st_ino
    start = Disk({}, {top: {}})
    for folder in [path for path in root.iterdir() if path.is_dir()]:
        start.folders[top][folder.name] = folder.stat().st_ino
        names = {path.name: path.stat().st_ino for path in folder.iterdir()}
        start.folders[folder.stat().st_ino] = names
        start.files |= {path.stat().st_ino: path.read_bytes() for path in folder.iterdir()}
    with recorded() as recorder:
        run(open_backend("state/x.json", root), lambda: recorder.note("promise", 0))
    return start, recorder.ops, top


SAID = [b"", b"a", b"ab", b"ab", b"abc", b"abc", b"abcd", b"abcd", b"abcde"]
"""What the run has been promised after each of its steps."""


def instants(start: Disk, ops: Sequence[Op]) -> Iterator[tuple[Disk, set[bytes]]]:
    """Each different disk that a power loss can leave, with what it may say."""
    seen = set()
    for length in range(len(ops) + 1):
        promised = sum(op.verb == "promise" for op in ops[:length])
        allowed = {SAID[promised], SAID[min(promised + 1, len(SAID) - 1)]}
        for disk in losses(start, ops[:length]):
            key = (promised, repr(disk))
            if key not in seen:
                seen.add(key)
                yield disk, allowed


def violations(start: Disk, ops: Sequence[Op], top: int, scratch: Path) -> Iterator[str]:
    """What is wrong with the disks that a power loss can leave."""
    for disk, allowed in instants(start, ops):
        if problem := judged(disk, top, scratch, allowed):
            yield problem


def judged(disk: Disk, top: int, scratch: Path, allowed: set[bytes]) -> str:
    """What is wrong with a disk, or nothing."""
    disk.lay_out(scratch, top)
    try:
        found = history(open_backend("state/x.json", scratch).load())
    except AssertionError as error:
        return str(error)
    return "" if found in allowed else f"{found!r} is none of {allowed}"


@pytest.mark.parametrize("torn", [b"", b"0:", b"\0\0\0\0junk\n"])
def test_power_loss_leaves_the_old_or_the_new(tmp_path: Path, torn: bytes) -> None:
    """After every operation, and with every subset of the unsynced, nothing promised is lost."""
    root, scratch = tmp_path / "root", tmp_path / "scratch"
    root.mkdir()
    if torn:
        (root / "state").mkdir()
        (root / "state/x.journal").write_bytes(torn)
    start, ops, top = record_run(root)
    assert list(violations(start, ops, top, scratch)) == []
    assert sum(1 for _ in instants(start, ops)) > 100


def test_every_sync_is_needed(tmp_path: Path) -> None:
    """Leaving out any single fsync of a run is found out: the test above would fail without it."""
    root, scratch = tmp_path / "root", tmp_path / "scratch"
    root.mkdir()
    start, ops, top = record_run(root)
    syncs = [place for place, op in enumerate(ops) if op.verb == "sync"]
    assert len(syncs) > 12
    for place in syncs:
        left_out = [*ops[:place], *ops[place + 1 :]]
        found = next(violations(start, left_out, top, scratch), None)
        assert found, f"nothing misses the fsync after {ops[place - 1]}"


def test_the_order_of_a_checkpoint_is_needed(tmp_path: Path) -> None:
    """Dropping the journal before the document's name is durable is found out."""
    root, scratch = tmp_path / "root", tmp_path / "scratch"
    root.mkdir()
    start, ops, top = record_run(root)
    place = next(n for n, op in enumerate(ops) if op.verb == "unname" and op.name == "x.journal")
    assert ops[place - 1].verb == "sync"
    early = [*ops[: place - 1], ops[place], ops[place - 1], *ops[place + 1 :]]
    assert next(violations(start, early, top, scratch), None)
