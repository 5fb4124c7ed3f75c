"""Where a state is while runs die of it.

It can go back to any moment; and each request to it is an instant at which a run may die, as an
operation on a file is.
"""

import os
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import psycopg
from psycopg import sql

from reconciler.backends import Backend, open_backend
from reconciler.backends.objects import store
from reconciler.backends.objects.obstores import ObjectStore
from reconciler.backends.place import place_of
from reconciler.backends.postgres import backend as postgres_backend
from reconciler.backends.postgres import statements
from reconciler.backends.postgres.connection import connect
from reconciler.backends.postgres.tables import make_tables
from tests.support import s3
from tests.support.postgres import server as postgres_server
from tests.support.seam import SERVER, Instant, Seam

OWNER = "demo"
STATE = "state/demo.json"
PATIENCE = 20.0
"""Seconds within which the server notices that a session has ended."""

TABLES = ("state", "journal", "history", "aside")

Contents = Mapping[str, Any]
"""All that is kept beside the project's files."""

NOTHING: Contents = {}


@dataclass(frozen=True)
class Keep:
    """In files of the project, whose names and operations are the seam's own business.

    Attributes:
        location: `state.backend` of the manifest.
        environ: what a run needs to reach it.
        kind: its name in `KEEPS`.
    """

    location: str = STATE
    environ: Mapping[str, str] = field(default_factory=dict)
    kind: str = "local"

    @property
    def sections(self) -> Mapping[str, Any]:
        """What its manifest says of it: nothing, as each environment has a file of its own."""
        return {}

    def matters(self, instant: Instant) -> bool:  # here all do
        """Whether to die at this instant is another death than at the one before."""
        return True

    def open(self, root: Path) -> Backend:
        """A client of it, for a project in that folder."""
        return open_backend(self.location, root, label=OWNER, environ=os.environ)

    def recorded(self, root: Path) -> bytes:
        """What is stored: the document and the journal."""
        document = root / self.location
        paths = [document, document.with_suffix(".journal")]
        return b"".join(path.read_bytes() for path in paths if path.exists())

    def contents(self) -> Contents:
        """All that is in it now."""
        return NOTHING

    def put_back(self, contents: Contents) -> None:
        """Let it have this, and nothing else."""

    def lose(self, root: Path) -> None:
        """Nothing of it is left."""
        for path in (root / "state").glob(f"{OWNER}.*"):
            path.unlink()

    def between(self, _: Seam) -> AbstractContextManager[None]:
        """Stand between a run and the server that it keeps its state at."""
        return nullcontext()

    def free(self, root: Path) -> None:
        """Take the lock away from a dead run, where nobody else can know that it is dead."""


class Shared(Keep):
    """Where more than one machine has it."""

    @property
    def sections(self) -> Mapping[str, Any]:
        """See `Keep`."""
        return {"state": {"backend": self.location}}

    def matters(self, instant: Instant) -> bool:
        """See `Keep`; what a request reads of the API, or sends of a body, is tried with files."""
        is_api = instant.target.startswith(("GET", "POST", "DELETE", "the endpoint"))
        is_answered = instant.verb == "receive" and not instant.target.startswith("GET")
        return not is_api or is_answered

    def recorded(self, root: Path) -> bytes:
        """See `Keep`."""
        with closing(self.open(root)) as backend:
            stored = backend.load()
        return b"\n".join([stored.document or b"", *stored.journal])

    def lose(self, root: Path) -> None:
        """See `Keep`."""
        self.put_back(NOTHING)


class Objects(Shared):
    """In an object store: no lock of it knows whether its holder lives."""

    def free(self, root: Path) -> None:
        """See `Keep`."""
        with closing(self.open(root)) as backend:
            if holder := backend.holder():
                backend.unlock(holder.id)


class Folder(Objects):
    """In a folder of the project that is used as an object store."""

    def lose(self, root: Path) -> None:
        """See `Keep`."""
        shutil.rmtree(root / "shared", ignore_errors=True)


class Bucket(Objects):
    """At an S3 server."""

    @property
    def _store(self) -> ObjectStore:
        return ObjectStore(place_of(self.location, OWNER, os.environ), os.environ)

    def contents(self) -> Contents:
        """See `Keep`: key → tag and bytes."""
        names = self._store.names()
        return dict(
            zip(names, zip(names.values(), self._store.read([*names]), strict=True), strict=True)
        )

    def put_back(self, contents: Contents) -> None:
        """See `Keep`."""
        here, bucket = self._store, self._store.names()
        gone = [key for key, tag in bucket.items() if contents.get(key, ("",))[0] != tag]
        if gone:
            here.remove(gone)
        for key in contents.keys() - (bucket.keys() - {*gone}):
            here.create(key, contents[key][1])

    @contextmanager
    def between(self, seam: Seam) -> Iterator[None]:
        """See `Keep`."""
        with ExitStack() as stack:
            for name in ("names", "read", "create", "remove"):
                call = _asked(seam, name, getattr(ObjectStore, name))
                stack.enter_context(patch.object(ObjectStore, name, call))
            yield


def _asked(seam: Seam, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    """A request to the store as an instant of the run; of what is removed a half may be gone."""

    def asked(self: ObjectStore, *given: Any) -> Any:
        if threading.current_thread().name == SERVER:
            return call(self, *given)
        first = given[0] if given else ""
        target = first if isinstance(first, str) else " ".join(first)
        seam.meets(Instant(name, target))
        if name == "remove" and len(first) > 1 and seam.dies(Instant(name, target, "half")):
            call(self, first[: len(first) // 2])
            seam.die()
        return call(self, *given)

    return asked


class Database(Shared):
    """At a PostgreSQL server, which knows that the session of a dead run has ended."""

    def _ask(self, query: sql.Composed, *given: object) -> Sequence[Any]:
        database = self.location.rpartition("/")[2]
        found: Sequence[Any] = postgres_server().ask(query, *given, database=database)
        return found

    def contents(self) -> Contents:
        """See `Keep`: table → its rows."""
        query = "SELECT coalesce(jsonb_agg(to_jsonb(t)), '[]')::text FROM reconciler.{} AS t"
        return {name: self._ask(_at(query, name))[0][0] for name in TABLES}

    def put_back(self, contents: Contents) -> None:
        """See `Keep`."""
        for name in TABLES:
            self._ask(_at("DELETE FROM reconciler.{}", name))
            if rows := contents.get(name):
                filled = (
                    "INSERT INTO reconciler.{0} SELECT * FROM"
                    " jsonb_populate_recordset(NULL::reconciler.{0}, %s::jsonb)"
                )
                self._ask(_at(filled, name), rows)

    @contextmanager
    def between(self, seam: Seam) -> Iterator[None]:
        """See `Keep`."""
        names = {text: name for name, text in vars(statements).items() if name.isupper()}
        connects, executes = psycopg.connect, psycopg.Connection.execute

        def meets(verb: str, target: str) -> None:
            if threading.current_thread().name != SERVER:
                seam.meets(Instant(verb, target))

        def connected(*args: Any, **rest: Any) -> Any:
            meets("connect", "the state's server")
            return connects(*args, **rest)

        def executed(self: Any, query: Any, *args: Any, **rest: Any) -> Any:
            meets("execute", names.get(query, " ".join(str(query).split())[:30]))
            return executes(self, query, *args, **rest)

        with (
            patch.object(psycopg, "connect", connected),
            patch.object(psycopg.Connection, "execute", executed),
        ):
            yield


def _at(query: str, table: str) -> sql.Composed:
    return sql.SQL(query).format(sql.Identifier(table))


@contextmanager
def local(_: Path) -> Iterator[Keep]:
    """A file of the project in that folder."""
    yield Keep()


@contextmanager
def folder(root: Path) -> Iterator[Keep]:
    """A folder of the project in that folder."""
    yield Folder(f"file://{root}/shared", kind="file://")


@contextmanager
def s3_bucket(_: Path) -> Iterator[Keep]:
    """A bucket of its own. Whether the server redirects is not asked again and again."""
    bucket = s3.server().bucket()
    environ = {**s3.server().environ, "RECONCILER_ALLOWED_HOSTS": bucket}
    with (
        patch.object(store, "_WAITS", ()),
        patch("reconciler.backends.objects.obstores.refuse_redirects"),
    ):
        yield Bucket(f"s3://{bucket}/team", environ, "s3://")


@contextmanager
def database(_: Path) -> Iterator[Keep]:
    """A database of its own, with empty tables."""
    running = postgres_server()
    with running.database(f"keep_{uuid4().hex[:12]}") as url, running.reached():
        with closing(connect(place_of(url, OWNER, os.environ), os.environ)) as session:
            make_tables(session, url)
        with (
            patch.object(postgres_backend, "_BETWEEN_TRIES", 0.005),
            patch.object(postgres_backend, "_LEAST_WAIT", PATIENCE),
        ):
            yield Database(url, running.environ, "postgresql://")


KEEPS: Mapping[str, Callable[[Path], AbstractContextManager[Keep]]] = {
    "local": local,
    "file://": folder,
    "postgresql://": database,
    "s3://": s3_bucket,
}
"""Every kind of backend. A project's folder is handed over."""
