"""The tables, which reconciler makes itself, in a schema of its own."""

from psycopg import errors, sql

from reconciler.backends.postgres.connection import Connection, explained
from reconciler.errors import Refusal

MIGRATIONS = (
    """
    CREATE TABLE reconciler.state (
        owner text PRIMARY KEY,
        epoch bigint NOT NULL,
        serial bigint NOT NULL,
        write_id uuid NOT NULL,
        holder jsonb,
        lines bigint NOT NULL,
        document bytea,
        written_at timestamptz NOT NULL DEFAULT now());
    CREATE TABLE reconciler.journal (
        owner text NOT NULL,
        number bigint NOT NULL,
        line bytea NOT NULL,
        written_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (owner, number));
    CREATE TABLE reconciler.history (
        owner text NOT NULL,
        epoch bigint NOT NULL,
        serial bigint NOT NULL,
        write_id uuid NOT NULL,
        document bytea NOT NULL,
        replaced_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (owner, write_id));
    CREATE TABLE reconciler.aside (
        owner text NOT NULL,
        number bigint NOT NULL,
        why text NOT NULL,
        document bytea,
        journal bytea,
        set_aside_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (owner, number));
    """,
)
"""Each makes the tables of the next format out of the one before."""

FORMAT = len(MIGRATIONS)

MISSING = (errors.UndefinedTable, errors.InvalidSchemaName)
"""What is raised where nobody ever wrote a state."""

_ALONE = "SELECT pg_advisory_xact_lock(7236834162385)"
"""Two runs that come first at the same time make the tables one after the other."""


def make_tables(connection: Connection, shown: str) -> None:
    """Make the tables, or bring them up to date; the same format again changes nothing.

    Raises:
        Refusal: a newer version made them.
    """
    with explained("make the state's tables", shown):
        if format_of(connection) == FORMAT:
            return
        with connection.transaction():
            connection.execute(_ALONE)
            _make_schema(connection)
            present = format_of(connection)
            refuse_newer(present, shown)
            for number, migration in enumerate(MIGRATIONS[present:], present + 1):
                connection.execute(sql.SQL(migration))
                connection.execute("INSERT INTO reconciler.format VALUES (%s)", [number])


def format_of(connection: Connection) -> int:
    """Of the tables that are there; 0 where there are none."""
    try:
        with connection.transaction():
            row = connection.execute("SELECT max(version) FROM reconciler.format").fetchone()
    except MISSING:
        return 0
    return row[0] or 0 if row else 0


def refuse_newer(present: int, shown: str) -> None:
    """Raises `Refusal` where a newer version made the tables."""
    if present > FORMAT:
        raise Refusal(
            f"refused: the state's tables are of format {present}, this version reads {FORMAT}",
            where=shown,
            why="a newer version made them",
            cure="upgrade: pip install -U finetune-reconciler",
        )


def _make_schema(connection: Connection) -> None:
    """Asked for only where it is missing: an administrator may have made it for us."""
    found = connection.execute("SELECT to_regnamespace('reconciler')").fetchone()
    if found and found[0] is None:
        connection.execute("CREATE SCHEMA reconciler")
    connection.execute("CREATE TABLE IF NOT EXISTS reconciler.format (version int PRIMARY KEY)")
