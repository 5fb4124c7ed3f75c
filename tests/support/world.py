"""A tiny world in memory: an API with lag, lost replies and a ledger; a fuse.

It exists to walk many thousand histories in seconds; the e2e tests meet the sandbox over HTTP.
The ledger is the oracle: it counts what the server ever created, independent of the product.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

from reconciler.api.multipart import Upload
from reconciler.errors import NotFound, Refused, Unknown, Unreachable, Unsettled
from tests.support.events import Trace

ENDED = ("succeeded", "failed", "cancelled")


class Crash(BaseException):
    """The process dies here; not an Exception, so that nothing may catch it."""


def die() -> None:
    """What a fuse does, unless it is set to something else."""
    raise Crash


@dataclass
class Fuse:
    """Something happens at the n-th side effect, counted before and after each one: a death."""

    left: int | None = None
    then: Callable[[], object] = die

    def touch(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                self.left = None
                self.then()

    @contextmanager
    def lit(self, point: int | None, then: Callable[[], object] = die) -> Iterator[None]:
        """So many side effects from now on, `then`; never, where there are not so many."""
        self.left, self.then = point, then
        try:
            yield
        finally:
            self.left, self.then = None, die


@dataclass
class World:
    """The server: files, jobs, models, a clock, and how it misbehaves."""

    now: int = 1_000_000
    lag: int = 0
    """Seconds until a list shows a fresh object."""
    odd_lists: int = 0
    """So many of the next walks of jobs are cut short."""
    walk_takes: int = 0
    """Seconds that the rest of a walk takes, once the list was read."""
    drops_metadata: bool = False
    """Whether jobs come back without their marker."""
    replies: list[str] = field(default_factory=list)
    """What becomes of the next effects: `lost`: done, but no reply; `dropped`: not done, and no
    reply; `refused`: 429; `ok`, and so it is when none is left."""
    renames: bool = False
    """Whether it calls every file as it likes, as some servers do."""
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    models: set[str] = field(default_factory=set)
    ends: dict[str, str] = field(default_factory=dict)
    """Model → the day on which it is shut down."""
    ever: list[dict[str, Any]] = field(default_factory=list)
    removed: list[dict[str, Any]] = field(default_factory=list)
    """Files that were deleted by a request."""
    fresh: dict[str, int] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    doubts: dict[str, tuple[str, int]] = field(default_factory=dict)
    """op of a paid create that was not done and got no reply → whose it was, when it was sent."""
    met: Counter[str] = field(default_factory=Counter)
    """How often each fault really happened."""
    serial: int = 0
    trace: Trace | None = None
    """What runs do, where somebody wants to know."""
    chance: Random = field(default_factory=lambda: Random(0))

    def new_op(self) -> str:
        """A uuid; the same ones in the same history."""
        return str(UUID(int=self.chance.getrandbits(128)))

    def make(self, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        """Create an object, unless the network says otherwise."""
        with self.effect():
            return self._made(kind, body)

    def _made(self, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        self.serial += 1
        if self.renames and kind == "file":
            body = body | {"filename": f"{self.serial}.jsonl"}
        body = body | {"id": f"{kind}-{self.serial:04}", "created_at": self.now}
        (self.files if kind == "file" else self.jobs)[body["id"]] = body
        self.fresh[body["id"]] = self.now + self.lag
        self.ever.append(body)
        return body

    @contextmanager
    def effect(self) -> Iterator[None]:
        """An effect that the network lets through, or not, or whose reply it loses."""
        reply = self.replies.pop(0) if self.replies else "ok"
        self.met[reply] += 1
        if reply == "refused":
            raise Refused("slow down", status=429, code="slow_down")
        if reply == "dropped":
            raise Unknown("no reply")
        yield
        if reply == "lost":
            raise Unknown("no reply")

    def listed(self, objects: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
        """Newest first, without what the list does not show yet."""
        shown = [dict(o) for o in reversed(objects.values()) if self.fresh[o["id"]] <= self.now]
        self.met["lag"] += len(objects) - len(shown)
        return shown

    def pass_time(self, seconds: int) -> None:
        """The clock goes on; files expire."""
        self.now += seconds
        ends = {id_: body.get("expires_at") or self.now + 1 for id_, body in self.files.items()}
        self.files = {id_: self.files[id_] for id_, end in ends.items() if end > self.now}

    def finish(self, job: dict[str, Any], status: str = "succeeded", code: str = "") -> None:
        """A job ends."""
        job["status"] = status
        if status == "succeeded":
            job["fine_tuned_model"] = f"ft:{job['id']}"
            self.models.add(job["fine_tuned_model"])
        if code:
            job["error"] = {"code": code, "message": code}

    def active(self) -> list[dict[str, Any]]:
        """Jobs that have not ended."""
        return [job for job in self.jobs.values() if job["status"] not in ENDED]

    def paid(self) -> list[dict[str, Any]]:
        """Every job that was ever created."""
        return [body for body in self.ever if "model" in body]


class WorldApi:
    """The API client's verbs against a world; every effect touches the fuse before and after."""

    def __init__(self, world: World, fuse: Fuse) -> None:
        self.world, self.fuse = world, fuse

    def now(self) -> int | None:
        return self.world.now

    def wall(self) -> float:
        return float(self.world.now)

    def walk_files(self) -> Iterator[list[dict[str, Any]]]:
        self.world.requests.append("GET /files")
        yield self.world.listed(self.world.files)

    def walk_jobs(self) -> Iterator[list[dict[str, Any]]]:
        self.world.requests.append("GET /fine_tuning/jobs")
        if self.world.odd_lists:
            self.world.odd_lists -= 1
            self.world.met["odd list"] += 1
            raise Unsettled("the list is odd")
        page = self.world.listed(self.world.jobs)
        self.world.pass_time(self.world.walk_takes)
        yield page

    def list_models(self) -> list[dict[str, Any]]:
        self.world.requests.append("GET /models")
        ends = self.world.ends
        return [{"id": n, "shutdown_date": ends.get(n)} for n in sorted(self.world.models)]

    def retrieve_model(self, model_id: str) -> dict[str, Any]:
        return self._one({name: {"id": name} for name in self.world.models}, model_id)

    def delete_model(self, model_id: str) -> None:
        self.fuse.touch()
        self.world.requests.append(f"DELETE {model_id}")
        with self.world.effect():
            self.world.models.discard(model_id)
        self.fuse.touch()

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
        with self.world.effect():
            if body := self.world.files.pop(id_, None):
                self.world.removed.append(body)
        self.fuse.touch()

    def upload_in_parts(
        self, upload: Upload, *, op: str, may_send: Callable[[], bool]
    ) -> dict[str, Any]:
        return WorldLine(self.world, self.fuse).create_file(upload, op=op, may_send=may_send)

    def pause_job(self, id_: str) -> dict[str, Any]:
        return self._hold(id_, "paused")

    def resume_job(self, id_: str) -> dict[str, Any]:
        return self._hold(id_, "running")

    def _hold(self, id_: str, status: str) -> dict[str, Any]:
        self.fuse.touch()
        self.world.requests.append(f"POST {id_}/{status}")
        self.world.jobs[id_]["status"] = status
        self.fuse.touch()
        return dict(self.world.jobs[id_])

    def cancel_job(self, id_: str) -> dict[str, Any]:
        self.fuse.touch()
        self.world.requests.append(f"POST {id_}/cancel")
        job = self.world.jobs[id_]
        if job["status"] in ENDED:
            raise Refused("already ended", status=400)
        with self.world.effect():
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
        made = len(self.world.ever)
        try:
            kept = {} if self.world.drops_metadata else {"metadata": body["metadata"]}
            return self._make(
                "job", {**body, "metadata": {}, **kept, "status": "running"}, may_send
            )
        except Unknown:
            if len(self.world.ever) == made:
                self.world.doubts[op] = body["metadata"]["reconciler_owner"], self.world.now
            raise
        finally:
            if self.world.trace and len(self.world.ever) > made:
                self.world.trace.met(self.world.ever[-1] | {"metadata": body["metadata"]})

    def _make(
        self, kind: str, body: dict[str, Any], may_send: Callable[[], bool]
    ) -> dict[str, Any]:
        self.fuse.touch()
        if not may_send():
            raise Unreachable("too late: nothing was sent")
        self.world.requests.append(f"POST {kind}")
        self._refuse_missing(body)
        made = self.world.make(kind, body)
        self.fuse.touch()
        return dict(made)

    def _refuse_missing(self, body: dict[str, Any]) -> None:
        reads = [body[f] for f in ("training_file", "validation_file") if f in body]
        if missing := [id_ for id_ in reads if id_ not in self.world.files]:
            raise Refused(f"no such file {missing}", status=400)
