"""T1b: the way to a shared state ends with every request of a run, before it is done or after.

Whatever was written until then is what a killed run leaves; nothing more can be written, and the
lock cannot be let go of. Then the way is there again: the lock is taken away where nobody else can
know that its holder is gone, and the next runs put all to rights.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from os import environ
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol
from unittest.mock import patch

from reconciler.backends import open_backend
from reconciler.backends.objects import store
from tests.reliability.report import Profile, Result
from tests.support import s3
from tests.support.cli import Project, project, sandbox
from tests.support.pg_proxy import pg_proxy
from tests.support.places import Place
from tests.support.postgres import server as postgres_server
from tests.support.s3_proxy import S3Proxy
from tests.support.scripted import Received, reset

CODES = (0, 1, 3, 4, 5)
SAMPLE = 2
"""Requests at each place after which the quick profile ends the way."""

MOST_RUNS = 3
"""Runs that may be needed afterwards."""


class Way(Protocol):
    """A way to a place that ends when it is told to.

    Attributes:
        asked: requests so far.
        ends_at: the request with which it ends; None lets all through.
        carries: whether that one is still carried out.
    """

    asked: int
    ends_at: int | None
    carries: bool


@dataclass
class S3Way(S3Proxy):
    """To the S3 server."""

    asked: int = 0
    ends_at: int | None = None

    def __post_init__(self) -> None:
        self.fault, self.hits = reset(), self._is_ended

    def _is_ended(self, _: Received) -> bool:
        self.asked += 1
        if self.ends_at is None or self.asked < self.ends_at:
            return False
        if self.asked > self.ends_at:
            self.carries = False
        return True


@contextmanager
def s3_way() -> Iterator[tuple[Way, Place]]:
    """A bucket of its own, reached this way."""
    bucket = s3.server().bucket()
    with S3Way(s3.server().port) as way:
        given = {**way.environ, "RECONCILER_ALLOWED_HOSTS": bucket}
        yield way, Place(f"s3://{bucket}/team", given)


@contextmanager
def postgres_way() -> Iterator[tuple[Way, Place]]:
    """The shared database, reached this way."""
    server = postgres_server()
    with pg_proxy(server) as way:
        yield way, Place(server.url, way.environ)


WAYS: Mapping[str, Callable[[], AbstractContextManager[tuple[Way, Place]]]] = {
    "postgres": postgres_way,
    "s3": s3_way,
}


@dataclass
class Scene:
    """A place that is reached by a way, and projects that have their state there."""

    name: str
    way: Way
    place: Place
    folder: Path
    numbers: Iterator[int] = field(default_factory=count)

    def case(self, ends_at: int | None, *, carries: bool = False) -> list[str]:
        """A first apply whose way ends, and what is wrong after those that follow."""
        name = f"{self.name}-{self.folder.name.rpartition('_')[2].lower()}-{next(self.numbers)}"
        state = {"backend": self.place.location}
        made = project(self.folder / name, state=state)
        made.save(project=name)
        made.environ |= self.place.environ
        with sandbox() as box:
            box.serves(made)
            self.way.asked, self.way.ends_at, self.way.carries = 0, ends_at, carries
            code = made.run("apply", "--yes", "--wait").code
            asked, self.way.ends_at = self.way.asked, None
            if ends_at is None:
                self.way.asked = asked
                return [] if code == 0 else [f"a run that nothing happens to exits {code}"]
            problems = [] if code in CODES else [f"exit {code}"]
            self._free(made)
            box.advance(400)
            codes = [made.run("apply", "--yes", "--wait").code for _ in range(MOST_RUNS)]
            if codes[-1] or made.run("plan", "--detailed-exitcode").code:
                problems.append(f"it does not converge: {codes}")
            jobs = len(box.made("jobs"))
            files = [f for f in box.made("files") if f["purpose"] == "fine-tune"]
            live = [file for file in files if not file.get("deleted_at")]
            if (jobs, len(live)) != (1, 1):
                problems.append(f"{jobs} jobs were paid for, {len(live)} files are there")
        return problems

    def _free(self, made: Project) -> None:
        """Take the lock away, where it is not known that its holder is gone."""
        with patch.dict(environ, made.environ):
            label = made.manifest["project"]
            state = open_backend(self.place.location, made.root, label=label, environ=environ)
            with closing(state):
                holder = state.holder()
        if holder:
            made.run("state", "unlock", holder.id).ended(0)


def run(profile: Profile) -> Result:
    """Every request at every place; in the quick profile a few."""
    cases, figures, violations = 0, {}, []
    with TemporaryDirectory(prefix="severed_") as folder, patch.object(store, "_WAITS", (0.0,)):
        for name, way in WAYS.items():
            with way() as (opened, place):
                scene = Scene(name, opened, place, Path(folder))
                violations += scene.case(None)
                last = opened.asked
                for at, carries in sampled(last, profile):
                    cases += 1
                    where = f"{name}, request {at} of {last}, {'after' if carries else 'before'}"
                    problems = scene.case(at, carries=carries)
                    violations += [f"{where}: {problem}" for problem in problems]
                figures[f"requests at {name}"] = last
    return Result("T1b", "the way to the state ends", cases, figures, violations)


def sampled(last: int, profile: Profile) -> list[tuple[int, bool]]:
    """With which request the way ends, and whether that one is carried out."""
    every = [(at, carries) for at in range(1, last + 1) for carries in (False, True)]
    return every[:: len(every) // SAMPLE] if profile is Profile.QUICK else every
