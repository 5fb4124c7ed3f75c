"""A place in one process: its simulator, its clock and its project can go back to any moment.

So a scenario is prepared once and then dies at each of its instants.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import urllib3
from msgspec.structs import replace

from reconciler import observe
from reconciler.api import retry
from reconciler.sandbox.embedded import Embedded
from reconciler.sandbox.pace import Pace
from reconciler.sandbox.server_thread import ServerThread
from reconciler.sandbox.service import service
from reconciler.sandbox.store import Store
from tests.reliability.alone import NOTHING
from tests.reliability.door import Door
from tests.reliability.keeps import OWNER, Contents, Keep, local
from tests.reliability.place import (
    SETTLE,
    TRAINING,
    Command,
    Place,
    others_at,
    project_of,
)
from tests.reliability.trace import NotAPath, check
from tests.support.cli import Said, Sandbox
from tests.support.events import Trace, What
from tests.support.inline import Inline
from tests.support.record import recording
from tests.support.seam import Doom, Instant, Seam, Strike
from tests.support.world import Crash

Rows = dict[str, list[tuple[Any, ...]]]


@dataclass
class Clock:
    """The server's clock."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Moment:
    """Everything there was: the server's rows, its time, what was sent, files, the state."""

    rows: Rows
    now: float
    files: dict[str, bytes]
    kept: Contents
    manifest: dict[str, Any]
    ops: Counter[str]
    trace: Trace


@dataclass(kw_only=True)
class Ground(Place):
    """One project and one simulator, with a door that sees and keeps requests.

    Attributes:
        is_parallel: whether effects really go on side by side, so that no run is like another.
        trace: what the runs did, since the ground was empty.
    """

    door: Door
    store: Store
    clock: Clock
    empty: Moment | None = None
    is_parallel: bool = False
    trace: Trace = field(init=False)

    def __post_init__(self) -> None:
        self.trace = Trace(self.clock, SETTLE)

    def run(self, command: Command) -> Said:
        """See `Place`; a plan changes nothing, so the model does not know it."""
        if command[0] == "plan":
            return super().run(command)
        with recording(self.trace, OWNER, OWNER):
            return super().run(command)

    def lose_state(self) -> None:
        """See `Place`."""
        super().lose_state()
        self.trace.say(What.LOST, owner=OWNER)

    def strays(self) -> Iterator[str]:
        """See `Place`."""
        try:
            check(self.trace)
        except NotAPath as error:
            yield f"T9: {error}"

    def struck(self, strike: Strike, command: Command, *, reads: bool = False) -> Said | None:
        """A command that meets a strike at its instants; None where it died of it."""
        seam = Seam(self.project.root, strike, reads=reads, gate=self.door)
        self.door.is_gated = True
        pool = ThreadPoolExecutor if self.is_parallel else Inline
        try:
            with (
                seam.between(),
                self.keep.between(seam),
                patch("reconciler.rig.ThreadPoolExecutor", pool),
            ):
                return self.run(command)
        except Crash:
            with closing(self.keep.open(self.project.root)) as backend:
                self.trace.dies(OWNER, OWNER, backend.load())
            self.keep.free(self.project.root)
            return None
        finally:
            self.door.is_gated = False
            self.door.settle()

    def instants(self, command: Command) -> list[Instant]:
        """All instants of a command that nothing happens to; afterwards it is as before."""
        moment, doom = self.moment(), Doom()
        self.struck(doom, command)
        self.go_back(moment)
        return doom.trace

    def moment(self) -> Moment:
        """Now."""
        root = self.project.root
        files = {
            str(path.relative_to(root)): path.read_bytes()
            for path in root.rglob("*")
            if path.is_file()
        }
        manifest, ops = dict(self.project.manifest), self.door.ops.copy()
        rows, trace = rows_of(self.store), self.trace.fork()
        kept = self.keep.contents()
        return Moment(rows, self.clock.now, files, kept, manifest, ops, trace)

    def clear(self) -> None:
        """Back to the beginning of the ground."""
        if self.empty:
            self.go_back(self.empty)

    def go_back(self, moment: Moment) -> None:
        """The whole world as it was at a moment."""
        put_back(self.store, moment.rows)
        self.clock.now = moment.now
        shutil.rmtree(self.project.root)
        for name, content in moment.files.items():
            self.project.write(name, content)
        self.keep.put_back(moment.kept)
        self.project.manifest = dict(moment.manifest)
        self.door.begin(moment.ops)
        self.said.clear()
        self.trace = moment.trace.fork()

    def pass_time(self, seconds: float) -> None:
        """See `Place`."""
        self.clock.now += seconds

    def let_in(self) -> None:
        """See `Place`."""
        self.door.let_in()

    @property
    def writes(self) -> int:
        """See `Place`."""
        return self.door.writes

    @property
    def problems(self) -> Sequence[str]:
        """See `Place`."""
        return self.door.problems


def rows_of(store: Store) -> Rows:
    """Every row of a simulator's store."""
    names = [name for (name,) in store.all("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {name: store.all(f"SELECT * FROM {name}") for name in names}


def put_back(store: Store, rows: Rows) -> None:
    """The rows as they were."""
    with store.writing() as db:
        for name, values in rows.items():
            db.execute(f"DELETE FROM {name}")
            if values:
                marks = ", ".join("?" * len(values[0]))
                db.executemany(f"INSERT INTO {name} VALUES ({marks})", values)


@contextmanager
def ground(
    root: Path, kept: Callable[[Path], AbstractContextManager[Keep]] = local
) -> Iterator[Ground]:
    """An empty project and a simulator of its own, in which others are at work already."""
    clock = Clock()
    with kept(root / OWNER) as keep, ExitStack() as stack:
        pace = Pace(5.0, 0.0, TRAINING)
        opened = stack.enter_context(service(None, pace, clock, host="127.0.0.1", port=0))
        door = Door(opened.gate)
        server = ServerThread(replace(opened, gate=door))
        server.start()
        stack.callback(server.stop)
        pool = stack.enter_context(urllib3.PoolManager(retries=False))
        box = Sandbox(Embedded(opened.base_url), pool)
        project = project_of(root / OWNER, OWNER, box, **keep.sections)
        made = Ground(
            project, box, OWNER, others_at(box),
            keep=keep, door=door, store=opened.store, clock=clock,
        )  # fmt: skip
        door.recorded = made.recorded
        stack.enter_context(hurried(keep.environ))
        made.empty = made.moment()
        yield made


@contextmanager
def hurried(environ: Mapping[str, str] = NOTHING) -> Iterator[None]:
    """Nothing is waited for, and nothing of the machine's setting is seen.

    The machine does not lose its power here, so no run needs to wait for the disk. Lists are read
    and files are sent one by one, so that the same run has the same instants.
    """
    path = os.environ.get("PATH", "")
    alone = {"PATH": path, "RECONCILER_TOKENS": "estimate", **environ}
    with (
        patch.object(retry, "FIRST_BACKOFF", 0.001),
        patch.object(retry, "LONGEST_BACKOFF", 0.001),
        patch("reconciler.effects.PATIENCE", (0.0,) * 3),
        patch.object(observe, "ThreadPoolExecutor", Inline),
        patch("reconciler.rig.ThreadPoolExecutor", Inline),
        patch.object(os, "fsync", _at_once),
        patch.object(os, "fdatasync", _at_once),
        patch.dict(os.environ, alone, clear=True),
    ):
        yield


def _at_once(fd: int) -> None:
    os.fstat(fd)
