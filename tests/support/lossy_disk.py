"""The disks that a power loss can leave: each choice of what had not been made durable.

An operation on an inode is durable once that inode was synced after it. Of the others, a name
appears or not, and a write is whole, lost, cut short, or has NULs where its bytes should be.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import NamedTuple

from tests.support.op_log import Op

CAP = 4096
"""Disks looked at for one instant, at most."""


class Disk(NamedTuple):
    """A value: the bytes of files and the names in folders, by inode."""

    files: Mapping[int, bytes]
    folders: Mapping[int, Mapping[str, int]]

    @property
    def key(self) -> object:
        """Equal for disks that hold the same."""
        names = ((inode, frozenset(n.items())) for inode, n in self.folders.items() if n)
        return frozenset(self.files.items()), frozenset(names)

    @classmethod
    def at(cls, root: Path) -> Disk:
        """What is below a folder now."""
        files: dict[int, bytes] = {}
        folders: dict[int, dict[str, int]] = {}
        for here, below, names in os.walk(root):
            paths = [Path(here, name) for name in (*below, *names)]
            folders[Path(here).stat().st_ino] = {path.name: path.stat().st_ino for path in paths}
            files |= {path.stat().st_ino: path.read_bytes() for path in paths if path.is_file()}
        return cls(files, folders)

    def named(self, inode: int, names: Mapping[str, int], *, is_folder: bool, target: int) -> Disk:
        """The same, with these names in a folder; a new folder is empty."""
        fresh = {target: self.folders.get(target, {})} if is_folder else {}
        return self._replace(folders={**self.folders, **fresh, inode: names})

    def after(self, op: Op) -> Disk:
        """The same after an operation."""
        match op.verb:
            case "write":
                before = self.files.get(op.inode, b"").ljust(op.at, b"\0")
                rest = before[op.at + len(op.data) :]
                return self._with(op.inode, before[: op.at] + op.data + rest)
            case "cut":
                before = self.files.get(op.inode, b"")
                return self._with(op.inode, before[: op.at].ljust(op.at, b"\0"))
            case "name":
                *old, name = op.name.split("/")
                names = {n: i for n, i in self.folders.get(op.inode, {}).items() if n not in old}
                names[name] = op.target
                return self.named(op.inode, names, is_folder=op.is_folder, target=op.target)
            case "unname":
                names = {n: i for n, i in self.folders.get(op.inode, {}).items() if n != op.name}
                return self.named(op.inode, names, is_folder=False, target=0)
            case "sync" | "note":
                return self

    def _with(self, inode: int, content: bytes) -> Disk:
        return self._replace(files={**self.files, inode: content})

    def tree(self, inode: int, prefix: str = "") -> Iterator[tuple[str, bytes | None]]:
        """What is below a folder's inode: path → bytes of a file, None for a folder."""
        for name, target in self.folders.get(inode, {}).items():
            if target in self.folders:
                yield f"{prefix}{name}", None
                yield from self.tree(target, f"{prefix}{name}/")
            else:
                yield f"{prefix}{name}", self.files.get(target, b"")


@dataclass(slots=True)
class Scratch:
    """A folder in which one disk after another is laid out; only what differs is written."""

    root: Path
    laid: dict[str, bytes | None] = field(default_factory=dict)

    def lay_out(self, disk: Disk, inode: int) -> None:
        """The tree below a folder's inode of the disk."""
        self.root.mkdir(exist_ok=True)
        tree = dict(disk.tree(inode))
        for name in sorted(self.laid.keys() - tree.keys(), reverse=True):
            path = self.root / name
            path.rmdir() if self.laid[name] is None else path.unlink()
        for name, content in tree.items():
            if content is None:
                (self.root / name).mkdir(exist_ok=True)
            elif self.laid.get(name) != content:
                (self.root / name).write_bytes(content)
        self.laid = tree


def survivals(op: Op) -> Iterator[Op | None]:
    """What of an operation that was not made durable may come to the disk; None: nothing."""
    yield None
    yield op
    if op.verb == "write" and op.data:
        half = len(op.data) // 2
        yield op._replace(data=op.data[:half])
        yield op._replace(data=bytes(len(op.data)))
        yield op._replace(data=op.data[:half] + bytes(len(op.data) - half))
        yield op._replace(data=bytes(half) + op.data[half:])


def losses(start: Disk, ops: Sequence[Op]) -> Iterator[tuple[int, Iterable[Disk]]]:
    """After how many operations, and every different disk that a power loss then can leave."""
    disks = {start.key: start}
    yield 0, disks.values()
    for length, op in enumerate(ops, 1):
        if op.verb == "sync":
            disks = _after_all(start, ops[:length])
        elif op.verb != "note":
            disks = _after(disks, survivals(op))
        yield length, disks.values()


def _after_all(start: Disk, ops: Sequence[Op]) -> dict[object, Disk]:
    """The disks once more from the start, as a sync took choices away."""
    synced = {op.inode: place for place, op in enumerate(ops) if op.verb == "sync"}
    disks = {start.key: start}
    for place, op in enumerate(ops):
        if op.verb not in ("sync", "note"):
            is_durable = place < synced.get(op.inode, -1)
            disks = _after(disks, [op] if is_durable else survivals(op))
    return disks


def _after(disks: Mapping[object, Disk], outcomes: Iterable[Op | None]) -> dict[object, Disk]:
    found: dict[object, Disk] = {}
    for op, disk in product(outcomes, disks.values()):
        after = disk.after(op) if op else disk
        if len(found) < CAP:
            found[after.key] = after
    return found
