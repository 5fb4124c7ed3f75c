"""What a run does to its files, operation by operation, as the disk will have to be told."""

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple
from unittest.mock import patch

Verb = Literal["write", "cut", "name", "unname", "sync", "note"]


class Op(NamedTuple):
    """An operation on an inode: a file's bytes, or a folder's names; or a note of the run.

    Attributes:
        name: in a folder, `old/new` where one name becomes another; or what is noted.
        target: the inode that gets the name.
        at: where in the file.
        is_folder: whether a name stands for a folder, or a sync is one of a folder.
    """

    verb: Verb
    inode: int
    name: str = ""
    target: int = 0
    at: int = 0
    data: bytes = b""
    is_folder: bool = False


@dataclass(slots=True)
class Recorder:
    """The operations below a folder, in their order."""

    root: Path
    ops: list[Op] = field(default_factory=list)
    renewed: dict[int, int] = field(default_factory=dict)

    def note(self, text: str) -> None:
        """Something that the run says, or hears, at this moment."""
        self.ops.append(Op("note", 0, text))

    def _add(self, verb: Verb, inode: int, **rest: Any) -> None:
        self.ops.append(Op(verb, inode, **rest))

    def _is_ours(self, path: Any) -> bool:
        return Path(path).is_relative_to(self.root)

    def _inode(self, file: int | Path) -> int:
        """A number that, unlike the filesystem's own, is never used again for another file."""
        found = (os.fstat(file) if isinstance(file, int) else file.stat()).st_ino
        return self.renewed.get(found, found)

    def _renew(self, file: int | Path) -> int:
        found = (os.fstat(file) if isinstance(file, int) else file.stat()).st_ino
        self.renewed[found] = -len(self.ops) - 1
        return self._inode(file)

    def _place(self, path: Path) -> tuple[int, str]:
        return self._inode(path.parent), path.name

    def opened(self, call: Callable[..., int], path: Any, flags: int, *mode: int) -> int:
        is_new = flags & os.O_CREAT and self._is_ours(path) and not Path(path).exists()
        fd = call(path, flags, *mode)
        if is_new:
            folder, name = self._place(Path(path))
            self._add("name", folder, name=name, target=self._renew(fd))
        return fd

    def written(self, call: Callable[..., int], fd: int, data: Any) -> int:
        done = call(fd, data)
        at = os.lseek(fd, 0, os.SEEK_CUR) - done
        self._add("write", self._inode(fd), at=at, data=bytes(data)[:done])
        return done

    def cut(self, call: Callable[..., None], fd: int, length: int) -> None:
        call(fd, length)
        self._add("cut", self._inode(fd), at=length)

    def synced(self, call: Callable[..., None], fd: int) -> None:
        call(fd)
        self._add("sync", self._inode(fd), is_folder=stat.S_ISDIR(os.fstat(fd).st_mode))

    def renamed(self, call: Callable[..., None], old: Any, new: Any) -> None:
        target = self._inode(Path(old)) if self._is_ours(old) else 0
        call(old, new)
        if target:
            # One operation: the new name appears and the old one goes, or neither.
            folder, name = self._place(Path(new))
            self._add("name", folder, name=f"{Path(old).name}/{name}", target=target)

    def linked(self, call: Callable[..., None], old: Any, new: Any, **rest: Any) -> None:
        call(old, new, **rest)
        folder, name = self._place(Path(new))
        self._add("name", folder, name=name, target=self._inode(Path(new)))

    def unlinked(self, call: Callable[..., None], path: Any, **rest: Any) -> None:
        call(path, **rest)
        if self._is_ours(path):
            folder, name = self._place(Path(path))
            self._add("unname", folder, name=name)

    def made(self, call: Callable[..., None], path: Any, *rest: Any) -> None:
        call(path, *rest)
        folder, name = self._place(Path(path))
        self._add("name", folder, name=name, target=self._renew(Path(path)), is_folder=True)


@contextmanager
def recorded(root: Path) -> Iterator[Recorder]:
    """Record every call of `os` that changes or syncs a file below a folder."""
    recorder = Recorder(root)
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

    with ExitStack() as stack:
        for name, watch in watchers.items():
            stack.enter_context(patch.object(os, name, watched(watch, getattr(os, name))))
        yield recorder
