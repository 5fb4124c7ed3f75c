"""One session at the server: how it is opened, what is set in it, and what its errors say.

Who may connect is libpq's business alone: `PGUSER`, `PGPASSWORD`, `~/.pgpass`, `PGSERVICE`,
`PGSSLMODE` and the others mean here what they mean to psql.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import errors
from psycopg.conninfo import make_conninfo

from reconciler.backends.place import Place
from reconciler.errors import ReconcilerError, Refusal
from reconciler.text import visible

Connection = psycopg.Connection[tuple[Any, ...]]

SETTINGS = {
    "application_name": "reconciler",
    "synchronous_commit": "on",  # what was promised survives the server's power loss
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "idle_session_timeout": "0",  # the lock is held while a job is waited for
    "idle_in_transaction_session_timeout": "60s",
    # So a holder that is gone without a word is known to be after a minute.
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "60s",
}
"""Of the session; what an older server does not know is left out."""

_CLIENT: Mapping[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}

_SET = """
SELECT pg_backend_pid(), pg_is_in_recovery(),
       (SELECT count(set_config(name, value, false))
          FROM unnest(%s::text[], %s::text[]) AS wanted (name, value)
          JOIN pg_settings USING (name))
"""

_MAKE_SCHEMA = "an administrator runs: CREATE SCHEMA reconciler AUTHORIZATION the_user_of_this_run"

_CURES: tuple[tuple[type[psycopg.Error], str], ...] = (
    (errors.InsufficientPrivilege, _MAKE_SCHEMA),
    (errors.ReadOnlySqlTransaction, "connect to the primary server, not to a standby"),
    (errors.LockNotAvailable, "the same command again, when nobody else works on its tables"),
    (errors.QueryCanceled, "the same command again: the server was too slow"),
    (errors.DiskFull, "give the server some disk space, then the same command again"),
)


def connect(place: Place, environ: Mapping[str, str]) -> Connection:
    """A session of its own, each statement a transaction."""
    with explained("reach the state's server", place.name):
        conninfo = make_conninfo(**_CLIENT, **_encrypted(place, environ), **_named(place))
        return psycopg.connect(conninfo, autocommit=True, prepare_threshold=None)


def _named(place: Place) -> dict[str, Any]:
    """What the URL says; the environment says the rest."""
    host = place.host.strip("[]")
    said = {"host": host, "port": place.port, "user": place.user, "dbname": place.path}
    return {name: value for name, value in said.items() if value}


def _encrypted(place: Place, environ: Mapping[str, str]) -> dict[str, str]:
    """Nothing in the clear beyond this machine, unless the operator says so."""
    is_said = {"PGSSLMODE", "PGSERVICE", "PGSERVICEFILE"} & environ.keys()
    return {} if is_said or place.is_loopback or not place.host else {"sslmode": "require"}


def prepare(connection: Connection, shown: str) -> None:
    """Make the session fit to hold the lock.

    Raises:
        Refusal: a pooler is between, or the server is a standby.
    """
    with explained("prepare the session at the state's server", shown):
        row = connection.execute(_SET, [list(SETTINGS), list(SETTINGS.values())]).fetchone()
    assert row is not None  # noqa: S101  # a SELECT without FROM has one
    if row[0] != connection.info.backend_pid:
        raise Refusal(
            "refused: a connection pooler is between here and the state's server",
            where=shown,
            why="a lock belongs to a session of the server, and a pooler gives one session to many",
            cure="name the server's own host and port (PgBouncer's is 6432, the server's 5432)",
        )
    if row[1]:
        raise Refusal(
            "refused: the state's server is a standby",
            where=shown,
            why="it can only be read",
            cure="name the primary server",
        )


@contextmanager
def explained(doing: str, shown: str) -> Iterator[None]:
    """Turn an error of the server, or of the way to it, into one for a person."""
    try:
        yield
    except psycopg.Error as error:
        why = visible(str(error).strip().partition("\n")[0]) or type(error).__name__
        raise ReconcilerError(
            f"cannot {doing}", where=shown, why=why, cure=_cure(error, why)
        ) from error


def _cure(error: psycopg.Error, why: str) -> str:
    for kind, cure in _CURES:
        if isinstance(error, kind):
            return cure
    if "password" in why or "authentication" in why:
        return "PGUSER and PGPASSWORD, or a line in ~/.pgpass"
    if isinstance(error, psycopg.OperationalError):
        return "look at PGHOST, PGPORT and the server, then the same command again: it goes on"
    return "the same command again; if it says so again, look into the server's log"
