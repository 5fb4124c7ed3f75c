"""Where scenarios are played with real parts: a project on disk, a simulator over HTTP, a clock.

A ground remembers a moment of its whole world, disk and server, and goes back to it, so that a
scenario is prepared once and then dies at each of its instants.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import urllib3

from reconciler import observe
from reconciler.api import retry
from reconciler.backends import open_backend
from reconciler.core.owner import Owner
from reconciler.core.state import State
from reconciler.round import load
from reconciler.sandbox.embedded import Embedded
from reconciler.sandbox.pace import Pace
from reconciler.sandbox.server_thread import ServerThread
from reconciler.sandbox.service import service
from reconciler.sandbox.store import Store
from tests.reliability.door import Door
from tests.support.cli import KEY, MODEL, Project, Said, Sandbox, dataset
from tests.support.events import Trace, What
from tests.support.inline import Inline
from tests.support.record import recording
from tests.support.seam import Doom, Instant, Seam, Strike
from tests.support.world import Crash

SETTLE = 300
OWNER = "demo"
TRAINING = 36_000.0
"""Seconds that a job runs: longer than any recovery."""

Rows = dict[str, list[tuple[Any, ...]]]


@dataclass
class Clock:
    """The server's clock."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Moment:
    """Everything there was: the server's rows, its time, what was sent, the project's files."""

    rows: Rows
    now: float
    files: dict[str, bytes]
    manifest: dict[str, Any]
    ops: Counter[str]
    trace: Trace


@dataclass
class Ground:
    """One project and one simulator."""

    project: Project
    box: Sandbox
    door: Door
    store: Store
    clock: Clock
    others: tuple[str, str] = ("", "")
    """A file and a job that belong to somebody else."""
    said: list[Said] = field(default_factory=list)
    trace: Trace = field(init=False)
    """What the runs did, since the ground was empty."""
    empty: Moment | None = None

    def __post_init__(self) -> None:
        self.trace = Trace(self.clock, SETTLE)

    def declare(self, manifest: dict[str, Any], data: dict[str, str]) -> None:
        """Write a manifest and its datasets; `data` maps a file's name to what it is about."""
        for name, thing in data.items():
            self.project.write(f"data/{name}.jsonl", dataset(12, thing))
        self.project.save(**manifest)

    def run(self, verb: str) -> Said:
        """A command that needs no yes, and what it said."""
        with recording(self.trace, "demo", OWNER):
            self.said.append(self.project.run(verb, "--yes"))
        return self.said[-1]

    def lose_state(self) -> None:
        """The disk of the runner is gone."""
        self.project.lose_state()
        self.trace.say(What.LOST, owner=OWNER)

    def struck(self, strike: Strike, verb: str, *, reads: bool = False) -> Said | None:
        """A command that meets a strike at its instants; None where it died of it."""
        seam = Seam(self.project.root, strike, reads=reads, gate=self.door)
        self.door.is_gated = True
        try:
            with seam.between():
                return self.run(verb)
        except Crash:
            backend = open_backend("state/demo.json", self.project.root)
            self.trace.dies("demo", OWNER, backend.load())
            return None
        finally:
            self.door.is_gated = False
            self.door.settle()

    def instants(self, verb: str) -> list[Instant]:
        """All instants of a command that nothing happens to; afterwards it is as before."""
        moment, doom = self.moment(), Doom()
        self.struck(doom, verb)
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
        return Moment(rows, self.clock.now, files, manifest, ops, trace)

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
        self.project.manifest = dict(moment.manifest)
        self.door.begin(moment.ops)
        self.said.clear()
        self.trace = moment.trace.fork()

    @property
    def state(self) -> State:
        """The state as the next run would find it."""
        return self.state_in(self.project.root)

    def state_in(self, folder: Path) -> State:
        """The state in another folder, of the same project and endpoint."""
        backend = open_backend("state/demo.json", folder)
        endpoint = (self.box.server.base_url, "", "")
        return load(backend, Owner(OWNER), endpoint, "new").state

    def recorded(self) -> bytes:
        """The state and its journal, as bytes."""
        folder = self.project.root / "state"
        paths = [folder / "demo.json", folder / "demo.journal"]
        return b"".join(path.read_bytes() for path in paths if path.exists())


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
def ground(root: Path) -> Iterator[Ground]:
    """An empty project and a simulator of its own, in which others are at work already."""
    clock = Clock()
    with ExitStack() as stack:
        pace = Pace(5.0, 0.0, TRAINING)
        opened = stack.enter_context(service(None, pace, clock, host="127.0.0.1", port=0))
        door = Door(opened.gate)
        server = ServerThread(replace(opened, gate=door))
        server.start()
        stack.callback(server.stop)
        pool = stack.enter_context(urllib3.PoolManager(retries=False))
        cache = {"XDG_CACHE_HOME": str(root / OWNER / "cache")}
        project = Project(root / OWNER, cache, {"version": 1, "project": OWNER})
        made = Ground(project, Sandbox(Embedded(opened.base_url), pool), door, opened.store, clock)
        door.recorded = made.recorded
        made.box.serves(project)
        made.others = _others(made.box, project)
        made.empty = made.moment()
        stack.enter_context(_hurried())
        yield made


@contextmanager
def _hurried() -> Iterator[None]:
    """Nothing is waited for, and nothing of the machine's setting is seen.

    The machine does not lose its power here, so no run needs to wait for the disk. Lists are read
    and files are sent one by one, so that the same run has the same instants.
    """
    environ = {"PATH": os.environ.get("PATH", "")}
    with (
        patch.object(retry, "FIRST_BACKOFF", 0.001),
        patch.object(retry, "LONGEST_BACKOFF", 0.001),
        patch("reconciler.apply.PATIENCE", (0.0,) * 3),
        patch.object(observe, "ThreadPoolExecutor", Inline),
        patch("reconciler.apply.ThreadPoolExecutor", Inline),
        patch.object(os, "fsync", _at_once),
        patch.object(os, "fdatasync", _at_once),
        patch.dict(os.environ, environ, clear=True),
    ):
        yield


def _at_once(fd: int) -> None:
    os.fstat(fd)


def _others(box: Sandbox, project: Project) -> tuple[str, str]:
    """What another owner has at the same endpoint, marked as its own."""
    form = urllib3.encode_multipart_formdata(
        {"purpose": "fine-tune", "file": ("other.f1.0123456789abcdef.jsonl", dataset(12, "other"))}
    )
    headers = {"authorization": "Bearer other", "content-type": form[1]}
    url = f"{box.server.base_url}/files"
    file = box.pool.request("POST", url, body=form[0], headers=headers).json()["id"]
    marks = {"owner": "other", "address": "jobs.a", "fingerprint": "v1:0", "attempt": "1.1"}
    metadata = {f"reconciler_{name}": value for name, value in marks.items()}
    body = {"model": MODEL, "training_file": file, "metadata": metadata}
    return file, box.send("POST", "/fine_tuning/jobs", body)["id"]


__all__ = ["KEY", "SETTLE", "Ground", "Moment", "ground"]
