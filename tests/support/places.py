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
    """

    location: str
    environ: Mapping[str, str] = field(default_factory=dict)


@contextmanager
def local(_: Path) -> Iterator[Place]:
    """A file of the project."""
    yield Place("state/demo.json")


@contextmanager
def postgres(_: Path) -> Iterator[Place]:
    """A database of its own: projects of many tests have one name."""
    running = server()
    with running.database(f"place_{uuid4().hex[:12]}") as url:
        yield Place(url, running.environ)


@contextmanager
def s3(_: Path) -> Iterator[Place]:
    """A bucket of its own."""
    running = s3_server()
    bucket = running.bucket()
    yield Place(f"s3://{bucket}/team", {**running.environ, "RECONCILER_ALLOWED_HOSTS": bucket})


PLACES: Mapping[str, Callable[[Path], AbstractContextManager[Place]]] = {
    "local": local,
    "postgres": postgres,
    "s3": s3,
}
"""Every kind of backend that processes can share."""

REMOTE = {name: place for name, place in PLACES.items() if name != "local"}
