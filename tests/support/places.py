"""Where the state of a project may live in a test: a location, and what is needed to reach it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from tests.support.postgres import server
from tests.support.s3 import server as s3_server


@dataclass(frozen=True)
class Place:
    """Where the state of a project lives.

    Attributes:
        location: `state.backend` of its manifest.
        environ: what its commands need to reach it.
        frees_the_dead: whether the lock of a killed process is free.
        unlocks_the_living: whether a person can take the lock of a process that lives.
        cut: ends the holder's connection, where there is one.
    """

    location: str
    environ: Mapping[str, str] = field(default_factory=dict)
    frees_the_dead: bool = True
    unlocks_the_living: bool = True
    cut: Callable[[], object] | None = None


@contextmanager
def local(_: Path) -> Iterator[Place]:
    """A file of the project."""
    yield Place("state/demo.json", unlocks_the_living=False)


@contextmanager
def postgres(_: Path) -> Iterator[Place]:
    """A database of its own: projects of many tests have one name."""
    running = server()
    with running.database(f"place_{uuid4().hex[:12]}") as url:
        yield Place(url, running.environ, cut=lambda: running.cut(url.rpartition("/")[2]))


@contextmanager
def s3(_: Path) -> Iterator[Place]:
    """A bucket of its own."""
    running = s3_server()
    bucket = running.bucket()
    environ = {**running.environ, "RECONCILER_ALLOWED_HOSTS": bucket}
    yield Place(f"s3://{bucket}/team", environ, frees_the_dead=False)


PLACES: Mapping[str, Callable[[Path], AbstractContextManager[Place]]] = {
    "local": local,
    "postgres": postgres,
    "s3": s3,
}
"""Every kind of backend that processes can share."""

REMOTE = {name: place for name, place in PLACES.items() if name != "local"}
