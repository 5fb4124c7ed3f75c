"""A tiny world in memory: an API with lag, lost replies and a ledger; a state; a fuse.

It exists to walk many thousand histories in seconds; the e2e tests meet the sandbox over HTTP.
The ledger is the oracle: it counts what the server ever created, independent of the product.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciler.api.multipart import Upload
from reconciler.apply import Rig
from reconciler.backends import Stored
from reconciler.core.address import Address
from reconciler.core.owner import Owner, Owners
from reconciler.core.plan import Plan
from reconciler.core.resource import Desired, Lifecycle, Live, Resource
from reconciler.core.state import State
from reconciler.errors import NotFound, Refused, Unknown, Unreachable
from reconciler.events import Event
from reconciler.kinds import BY_NAME
from reconciler.kinds.file import FileSpec
from reconciler.kinds.job_spec import JobSpec
from reconciler.kinds.kind import Content
from reconciler.round import Journal, Round, carry_out, load, look

ENDPOINT = ("https://api.example/v1", "", "")
SETTLE = 300


class Crash(BaseException):  # noqa: N818  # not an Exception: nothing may catch it
    """The process dies here."""


@dataclass
class Fuse:
    """Dies at the n-th side effect, counted before and after each one."""

    left: int | None = None
    burnt: int = 0

    def touch(self) -> None:
        self.burnt += 1
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                self.left = None
                raise Crash


@dataclass
class World:
    """The server: files, jobs, models, a clock, and how it misbehaves."""

    now: int = 1_000_000
    lag: int = 0
    """Seconds until a list shows a fresh object."""
    next_reply: str = "ok"
    """`lost`: made, but the reply is lost; `dropped`: not made and no reply; `refused`: 429."""
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    models: set[str] = field(default_factory=set)
    ever: list[dict[str, Any]] = field(default_factory=list)
    fresh: dict[str, int] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    serial: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def make(self, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        """Create an object, unless the network says otherwise."""
        reply, self.next_reply = self.next_reply, "ok"
        if reply == "refused":
            raise Refused("slow down", status=429, code="slow_down")
        if reply == "dropped":
            raise Unknown("no reply")
        body = body | {"id": f"{kind}-{next(self.serial):04}", "created_at": self.now}
        (self.files if kind == "file" else self.jobs)[body["id"]] = body
        self.fresh[body["id"]] = self.now + self.lag
        self.ever.append(body)
        if reply == "lost":
            raise Unknown("no reply")
        return body

    def listed(self, objects: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
        """Newest first, without what the list does not show yet."""
        return [dict(o) for o in reversed(objects.values()) if self.fresh[o["id"]] <= self.now]

    def finish(self, job: dict[str, Any], status: str = "succeeded", code: str = "") -> None:
        """A job ends."""
        job["status"] = status
        if status == "succeeded":
            job["fine_tuned_model"] = f"ft:{job['id']}"
            self.models.add(job["fine_tuned_model"])
        if code:
            job["error"] = {"code": code, "message": code}

    def active(self) -> list[dict[str, Any]]:
        """Jobs that still run."""
        return [job for job in self.jobs.values() if job["status"] == "running"]

    def paid(self) -> list[dict[str, Any]]:
        """Every job that was ever created."""
        return [body for body in self.ever if "model" in body]


class WorldApi:
    """The API client's verbs against a world; every effect touches the fuse before and after."""

    def __init__(self, world: World, fuse: Fuse) -> None:
        self.world, self.fuse = world, fuse

    def now(self) -> int | None:
        return self.world.now

    def walk_files(self) -> Iterator[list[dict[str, Any]]]:
        self.world.requests.append("GET /files")
        yield self.world.listed(self.world.files)

    def walk_jobs(self) -> Iterator[list[dict[str, Any]]]:
        self.world.requests.append("GET /fine_tuning/jobs")
        yield self.world.listed(self.world.jobs)

    def list_models(self) -> list[dict[str, Any]]:
        self.world.requests.append("GET /models")
        return [{"id": name} for name in sorted(self.world.models)]

    def retrieve_file(self, id_: str) -> dict[str, Any]:
        return self._one(self.world.files, id_)

    def retrieve_job(self, id_: str) -> dict[str, Any]:
        return self._one(self.world.jobs, id_)

    def _one(self, objects: Mapping[str, dict[str, Any]], id_: str) -> dict[str, Any]:
        self.world.requests.append(f"GET {id_}")
        if id_ not in objects:
            raise NotFound("no such object", status=404)
        return dict(objects[id_])

    def delete_file(self, id_: str) -> None:
        self.fuse.touch()
        self.world.requests.append(f"DELETE {id_}")
        self.world.files.pop(id_, None)
        self.fuse.touch()

    def cancel_job(self, id_: str) -> dict[str, Any]:
        self.fuse.touch()
        self.world.requests.append(f"POST {id_}/cancel")
        job = self.world.jobs[id_]
        if job["status"] not in ("running", "queued"):
            raise Refused("already ended", status=400)
        job["status"] = "cancelled"
        self.fuse.touch()
        return dict(job)

    @contextmanager
    def dial(self) -> Iterator[WorldLine]:
        self.fuse.touch()
        yield WorldLine(self.world, self.fuse)


class WorldLine:
    """One connection to the world."""

    def __init__(self, world: World, fuse: Fuse) -> None:
        self.world, self.fuse = world, fuse

    def create_file(
        self, upload: Upload, *, op: str, may_send: Callable[[], bool]
    ) -> dict[str, Any]:
        body = {
            "filename": upload.filename,
            "bytes": upload.size,
            "purpose": upload.purpose,
            "status": "processed",
        }
        return self._make("file", body, may_send)

    def create_job(
        self, body: dict[str, Any], *, op: str, may_send: Callable[[], bool]
    ) -> dict[str, Any]:
        missing = [body[f] for f in ("training_file",) if body[f] not in self.world.files]
        if missing:
            raise Refused(f"no such file {missing}", status=400)
        return self._make("job", {**body, "status": "running"}, may_send)

    def _make(
        self, kind: str, body: dict[str, Any], may_send: Callable[[], bool]
    ) -> dict[str, Any]:
        self.fuse.touch()
        if not may_send():
            raise Unreachable("too late: nothing was sent")
        self.world.requests.append(f"POST {kind}")
        made = self.world.make(kind, body)
        self.fuse.touch()
        return dict(made)


@dataclass
class Disk:
    """A backend in memory; each write touches the fuse before and after."""

    fuse: Fuse
    document: bytes | None = None
    journal: list[bytes] = field(default_factory=list)
    name: str = "state/test.json"

    def load(self) -> Stored:
        return Stored(self.document, tuple(self.journal))

    def append(self, line: bytes) -> None:
        self.fuse.touch()
        self.journal.append(line)
        self.fuse.touch()

    def checkpoint(self, document: bytes, serial: int) -> None:
        self.fuse.touch()
        self.document = document
        self.fuse.touch()
        self.journal = []


@dataclass
class Stack:
    """One runner: its disk, its manifest, and the world it talks to."""

    world: World
    fuse: Fuse = field(default_factory=Fuse)
    owner: Owner = Owner("walk")
    desired: Desired = field(default_factory=Desired)
    patience: int = SETTLE
    ops: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    disk: Disk = field(init=False)
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.disk = Disk(self.fuse)

    @property
    def owners(self) -> Owners:
        return (self.owner,)

    def journal(self) -> Journal:
        lineage = f"lineage-{next(self.ops)}"
        return load(self.disk, self.owner, ENDPOINT, lineage)  # type: ignore[arg-type]  # no lock

    def rig(self, write: Callable[[Any], None]) -> Rig:
        return Rig(
            kinds=dict(BY_NAME),
            api=WorldApi(self.world, self.fuse),
            owners=self.owners,
            write=write,
            new_op=lambda: f"{self.owner}-op-{next(self.ops):04}",
            clock=lambda: float(self.world.now),
            pause=lambda seconds: None,
            may_repeat=lambda error: error.status == 429,
        )

    def look(self) -> Round:
        journal = self.journal()
        return look(journal.state, self.desired, self.rig(journal.write), self.patience)

    def plan(self) -> Plan:
        return self.look().plan

    def apply(self) -> Plan:
        """One apply, as the command does it."""
        journal = self.journal()
        rig = self.rig(journal.write)
        found = look(journal.state, self.desired, rig, self.patience)
        self.events = []
        for event in carry_out(found, rig, journal):
            self.events.append(event)
        return found.plan

    def apply_killed_at(self, point: int) -> bool:
        """An apply that dies at this side effect; False when it ended before."""
        self.fuse.left = point
        try:
            self.apply()
        except Crash:
            return True
        finally:
            self.fuse.left = None
        return False

    def lose_state(self) -> None:
        self.disk.document, self.disk.journal = None, []

    @property
    def state(self) -> State:
        return self.journal().state

    def live(self) -> Live:
        return self.look().live


def job(
    name: str,
    data: str = "F1",
    *,
    generation: int = 1,
    retry: int = 0,
    protect: bool = False,
    file: str | None = None,
    **fields: Any,
) -> tuple[Address, str, dict[str, Any]]:
    """A manifest entry of a job; without `file` its training file is named after its data."""
    entry = {"model": "base", "training_file": file or data.lower(), **fields}
    entry |= {"generation": generation, "retry": {"max": retry}, "protect": protect}
    return Address("jobs", name), data, entry


def manifest(
    *jobs: tuple[Address, str, dict[str, Any]],
    files: Mapping[str, str] | None = None,
    moved: Mapping[str, str] | None = None,
    removed: Mapping[str, bool] | None = None,
    imports: Mapping[str, str] | None = None,
) -> Desired:
    """Desired resources from short notation; `files` maps names to contents."""
    contents = {entry["training_file"]: data for _, data, entry in jobs} | dict(files or {})
    known: dict[Address, Resource] = {}
    for name, text in sorted(contents.items()):
        address = Address("files", name)
        spec = FileSpec(path=f"{name}.jsonl")
        content = _content(text)
        known[address] = BY_NAME["files"].resolve(address, spec, {spec.path: content}, known)
    for address, _, entry in jobs:
        known[address] = BY_NAME["jobs"].resolve(address, JobSpec.model_validate(entry), {}, known)
    return Desired(
        _bound(known, imports or {}),
        {Address.parse(to): Address.parse(from_) for to, from_ in (moved or {}).items()},
        {Address.parse(address): keep for address, keep in (removed or {}).items()},
    )


def _bound(known: dict[Address, Resource], imports: Mapping[str, str]) -> dict[Address, Resource]:
    from dataclasses import replace

    ids = {Address.parse(text): id_ for text, id_ in imports.items()}
    return {a: replace(r, import_id=ids[a]) if a in ids else r for a, r in known.items()}


def _content(text: str) -> Content:
    import hashlib

    digest = hashlib.sha256(text.encode()).hexdigest()
    return Content(Path("/dev/null"), f"{text}.jsonl", digest, len(text), 10)


RUN = Lifecycle.RUN
