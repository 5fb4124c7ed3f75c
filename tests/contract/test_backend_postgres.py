"""What is PostgreSQL's own: sessions that end, poolers, lost answers, tables, rights."""

import os
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import cast

import pytest
from msgspec.structs import replace

from reconciler.backends import Backend, Holder, Stored, open_backend
from reconciler.backends.postgres.backend import PostgresBackend
from reconciler.errors import Fenced, ReconcilerError, Refusal
from tests.support.pg_proxy import PgProxy, pg_proxy
from tests.support.postgres import Server, server

MINE = Holder("7c1e04", "ci", "runner-12", 4411, "2026-11-23T14:02:07Z", "apply", "https://ci/88")
YOURS = replace(MINE, id="99aa00", who="ann", run_url="")

SHOWN = ("synchronous_commit", "statement_timeout", "idle_session_timeout",
         "idle_in_transaction_session_timeout")  # fmt: skip

Connect = Callable[[], Backend]


@pytest.fixture
def running() -> Iterator[Server]:
    """The server, and the way to it in the environment."""
    with server().reached():
        yield server()


@pytest.fixture
def label() -> str:
    """An owner that nobody else is."""
    return f"bots-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def connect(running: Server, label: str, tmp_path: Path) -> Iterator[Connect]:
    """Clients of one row."""
    with ExitStack() as opened:

        def client() -> Backend:
            made = open_backend(running.url, tmp_path, label=label, environ=os.environ)
            return opened.enter_context(closing(made))

        yield client


@pytest.fixture
def proxy(running: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[PgProxy]:
    """A way to the server that can be disturbed; sessions of clients that are made from now on."""
    with pg_proxy(running) as made:
        for name, value in made.environ.items():
            monkeypatch.setenv(name, value)
        yield made


def dropped(running: Server) -> None:
    """The server ends every session of ours but this one."""
    running.ask(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE application_name = 'reconciler'"
    )


def test_the_lock_goes_with_its_session(connect: Connect, running: Server) -> None:
    """A holder whose session ended is known to be gone, and writes nothing more."""
    zombie = connect()
    with zombie.lock(MINE):
        zombie.checkpoint(b"one", 1)
        dropped(running)
        assert connect().holder() is None
        next_ = connect()
        with next_.lock(YOURS):
            next_.append(b"theirs")
            with pytest.raises(Fenced) as caught:
                zombie.append(b"late")
    assert caught.value.cure
    assert connect().load() == Stored(b"one", (b"theirs",))


def test_a_session_that_ended_unseen_costs_no_line(connect: Connect, running: Server) -> None:
    """Where nobody came after it, the holder says that it could not write, and stops."""
    backend = connect()
    with backend.lock(MINE):
        backend.checkpoint(b"one", 1)
        backend.append(b"a")
        dropped(running)
        with pytest.raises(ReconcilerError, match="cannot write the state"):
            backend.append(b"b")
        with pytest.raises(ReconcilerError, match="takes no more lines"):
            backend.append(b"c")
    assert connect().load() == Stored(b"one", (b"a",))


def test_a_dead_holder_is_forgotten(connect: Connect, running: Server) -> None:
    """`unlock` takes the words of one who is gone; nobody has to, as the lock is free."""
    backend = connect()
    with backend.lock(MINE):
        dropped(running)
    connect().unlock(MINE.id)
    with pytest.raises(Refusal, match="no lock 7c1e04"):
        connect().unlock(MINE.id)
    with connect().lock(YOURS):
        pass


def test_a_pooler_is_refused(connect: Connect, proxy: PgProxy) -> None:
    """Where the session is not the server's own, a lock would hold nobody off."""
    with connect().lock(MINE):
        pass
    proxy.pools = True
    with pytest.raises(Refusal, match="a connection pooler") as caught, connect().lock(MINE):
        pass
    assert "5432" in caught.value.cure
    assert connect().load() == Stored(None, ())


def test_a_document_whose_answer_was_lost_is_known_to_be_written(
    connect: Connect, proxy: PgProxy
) -> None:
    """It is looked for by its write id, and what was written is not called a failure."""
    backend = connect()
    with backend.lock(MINE):
        backend.checkpoint(b"one", 1)
        proxy.loses = b"INSERT INTO reconciler.history"
        backend.checkpoint(b"two", 2)
        proxy.loses = b""
        assert proxy.lost == 1
        with pytest.raises(ReconcilerError, match="takes no more lines"):
            backend.append(b"without a lock")
    assert connect().load() == Stored(b"two", ())


def test_a_line_whose_answer_was_lost_is_not_promised(connect: Connect, proxy: PgProxy) -> None:
    """It may be there; what it announces is not done, as the lock went with the session."""
    backend = connect()
    with backend.lock(MINE):
        backend.checkpoint(b"one", 1)
        proxy.loses = b"INSERT INTO reconciler.journal"
        with pytest.raises(ReconcilerError, match="cannot write the state"):
            backend.append(b"line")
        proxy.loses = b""
    with connect().lock(YOURS):
        assert connect().load() == Stored(b"one", (b"line",))


def test_a_server_that_went_back_is_noticed(connect: Connect, running: Server, label: str) -> None:
    """A failover that lost a commit, or a backup put back, ends the run that wrote after it."""
    backend = connect()
    with backend.lock(MINE):
        backend.checkpoint(b"one", 1)
        backend.checkpoint(b"two", 2)
        running.ask(
            "UPDATE reconciler.state AS s SET document = h.document, write_id = h.write_id,"
            " serial = h.serial FROM reconciler.history AS h"
            " WHERE s.owner = h.owner AND s.owner = %s",
            label,
        )
        with pytest.raises(Fenced, match="the state was changed"):
            backend.append(b"line")
    assert connect().load() == Stored(b"one", ())


def test_a_promise_outlives_the_server(connect: Connect, running: Server) -> None:
    """The session waits for the disk, also where the database says that none shall."""
    running.ask("ALTER ROLE reconciler SET synchronous_commit = off")
    running.ask("ALTER ROLE reconciler SET statement_timeout = 0")
    backend = cast("PostgresBackend", connect())
    try:
        with backend.lock(MINE):
            assert backend._held
            session = backend._held.session
            shown = [session.execute(f"SHOW {name}").fetchone() for name in SHOWN]
            assert shown == [("on",), ("30s",), ("0",), ("1min",)]
    finally:
        running.ask("ALTER ROLE reconciler RESET ALL")


def test_tables_of_a_newer_version_are_left_alone(running: Server, tmp_path: Path) -> None:
    """Neither read nor written: the version that made them is needed."""
    with running.database("newer") as url:
        backend = open_backend(url, tmp_path, label="bots", environ=os.environ)
        with closing(backend):
            with backend.lock(MINE):
                backend.checkpoint(b"one", 1)
            running.ask("INSERT INTO reconciler.format VALUES (99)", database="newer")
            with pytest.raises(Refusal, match="are of format 99"), backend.lock(MINE):
                pass
            with pytest.raises(Refusal, match="are of format 99"):
                backend.load()


def test_who_may_not_make_the_schema_is_told_who_may(running: Server, tmp_path: Path) -> None:
    """The cure is a line for an administrator; afterwards the run makes its tables itself."""
    with running.database("strict") as url:
        running.ask("CREATE ROLE weak LOGIN")
        place = f"postgresql://weak@/{url.rpartition('/')[2]}"
        with closing(open_backend(place, tmp_path, label="bots", environ=os.environ)) as backend:
            unable = pytest.raises(ReconcilerError, match="make the state's tables")
            with unable as caught, backend.lock(MINE):
                pass
            assert "CREATE SCHEMA reconciler AUTHORIZATION" in caught.value.cure
            running.ask("CREATE SCHEMA reconciler AUTHORIZATION weak", database="strict")
            with backend.lock(MINE):
                backend.checkpoint(b"one", 1)
            assert backend.load() == Stored(b"one", ())
    running.ask("DROP ROLE weak")


def test_those_who_come_first_make_the_tables_together(running: Server, tmp_path: Path) -> None:
    """Each of several first runs gets its lock, and nobody fails because another was at it."""
    failed: list[BaseException] = []

    def first(label: str) -> None:
        with closing(open_backend(url, tmp_path, label=label, environ=os.environ)) as backend:
            try:
                with backend.lock(MINE):
                    backend.checkpoint(label.encode(), 1)
            except ReconcilerError as error:
                failed.append(error)

    with running.database("fresh") as url:
        threads = [threading.Thread(target=first, args=(f"bots-{n}",)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failed
        rows = running.ask("SELECT count(*) FROM reconciler.state", database="fresh")
        assert rows == [(4,)]


def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Where, why and what to look at; no password is in it."""
    place = "postgresql://127.0.0.1:9/states"
    backend = open_backend(place, tmp_path, label="bots", environ=os.environ)
    with pytest.raises(ReconcilerError, match="cannot reach the state's server") as caught:
        backend.load()
    assert caught.value.where == f"{place}/bots"
    assert "Connection refused" in caught.value.why
    assert "PGHOST" in caught.value.cure


def test_a_plan_asks_the_server_twice(connect: Connect, proxy: PgProxy) -> None:
    """Document and journal of one instant, then who holds the lock; opening a session aside."""
    with connect().lock(MINE):
        reader = connect()
        before = proxy.trips
        assert reader.load() == Stored(None, ())
        assert reader.holder() == MINE
        assert proxy.trips - before == 2


def test_a_line_costs_its_bytes(connect: Connect, proxy: PgProxy) -> None:
    """However large the state is: one statement, the line and its numbers, once over the wire."""
    backend, sizes = connect(), []
    with backend.lock(MINE):
        for serial, size in enumerate((10, 1_000_000), 1):
            backend.checkpoint(b"x" * size, serial)
            sent, trips = proxy.sent, proxy.trips
            backend.append(b"y" * 400)
            sizes.append(proxy.sent - sent)
            assert proxy.trips - trips == 1
    assert sizes[0] == sizes[1] < 1_000
