"""What every state backend must do; a new backend is one more entry of `BACKENDS`."""

import fcntl
import os
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.backends import Backend, Holder, Stored, open_backend
from reconciler.core.codec import encode
from reconciler.core.state import State
from reconciler.errors import ExitCode, Fenced, Locked, Refusal
from tests.support.azurite import server as azurite_server
from tests.support.postgres import server as postgres_server
from tests.support.s3 import server as s3_server

MINE = Holder("7c1e04", "ci", "runner-12", 4411, "2026-11-23T14:02:07Z", "apply", "https://ci/88")
YOURS = replace(MINE, id="99aa00", who="ann", run_url="")

Connect = Callable[[], Backend]
"""Each call gives a further, independent client of one and the same state."""


Opener = Callable[[], Backend]


@contextmanager
def local(root: Path) -> Iterator[Opener]:
    """The state in files below `root`."""
    yield lambda: open_backend("state/bots.json", root)


@contextmanager
def postgres(root: Path) -> Iterator[Opener]:
    """The state in a row of its own."""
    server, label = postgres_server(), f"bots-{uuid.uuid4().hex[:12]}"
    with server.reached():
        yield lambda: open_backend(server.url, root, label=label, environ=os.environ)


@contextmanager
def s3(root: Path) -> Iterator[Opener]:
    """The state in a bucket of its own."""
    server = s3_server()
    bucket = server.bucket()
    environ = {**server.environ, "RECONCILER_ALLOWED_HOSTS": bucket}
    with server.reached():
        yield lambda: open_backend(f"s3://{bucket}/team", root, label="bots", environ=environ)


@contextmanager
def folder(root: Path) -> Iterator[Opener]:
    """The state in a folder that is used as an object store."""
    yield lambda: open_backend(f"file://{root}/shared", root, label="bots", environ=os.environ)


@contextmanager
def azure(root: Path) -> Iterator[Opener]:
    """The state in a container of its own."""
    server = azurite_server()
    container = server.container()
    environ = {**server.environ, "RECONCILER_ALLOWED_HOSTS": container}
    with server.reached():
        yield lambda: open_backend(f"az://{container}/team", root, label="bots", environ=environ)


ASKED = os.environ.get("RECONCILER_INSTALLS")
"""Whether a minute may be spent on the packages of a server: `make azure`."""

BACKENDS = [local, postgres, s3, folder, *[azure] * bool(ASKED)]


@contextmanager
def deaf() -> Iterator[None]:
    """As if flock did not reach: the lock of a living holder can be broken, as on other stores."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fcntl, "flock", lambda *_: None)
        yield


@pytest.fixture(params=BACKENDS)
def connect(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connect]:
    """Clients of a state that was never written."""
    place: Callable[[Path], AbstractContextManager[Opener]] = request.param
    with place(tmp_path) as opener, ExitStack() as opened:
        yield lambda: opened.enter_context(closing(opener()))


def test_a_state_that_was_never_written_is_empty(connect: Connect) -> None:
    """Loading before the first write gives neither document nor journal, and no backup."""
    assert connect().load() == Stored(None, ())
    assert connect().holder() is None
    assert list(connect().backups()) == []


def test_appended_lines_come_back_in_order(connect: Connect) -> None:
    """Lines are read in the order of the appends, also by another client and without the lock."""
    writer = connect()
    with writer.lock(MINE):
        writer.append(b'{"n": 1}')
        writer.append(b'{"n": 2}')
        assert connect().load() == Stored(None, (b'{"n": 1}', b'{"n": 2}'))
    assert connect().load().journal == (b'{"n": 1}', b'{"n": 2}')


def test_a_checkpoint_replaces_the_journal(connect: Connect) -> None:
    """After a checkpoint there is the document alone, and appends go on after it."""
    writer = connect()
    with writer.lock(MINE):
        writer.append(b"old")
        writer.checkpoint(b"one", 1)
        assert connect().load() == Stored(b"one", ())
        writer.append(b"new")
    assert connect().load() == Stored(b"one", (b"new",))


def test_a_later_run_appends_to_the_same_journal(connect: Connect) -> None:
    """The journal lasts over runs until a checkpoint."""
    for line in (b"a", b"b"):
        backend = connect()
        with backend.lock(MINE):
            backend.append(line)
    assert connect().load().journal == (b"a", b"b")


@given(
    document=st.binary(max_size=2000), lines=st.lists(st.text(min_size=1, max_size=50), max_size=3)
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_bytes_come_back_as_they_were(connect: Connect, document: bytes, lines: list[str]) -> None:
    """A document is any bytes; a line is any bytes without newline and NUL."""
    written = [line.encode(errors="replace").translate(None, b"\n\0") or b"-" for line in lines]
    backend = connect()
    with backend.lock(MINE):
        backend.checkpoint(document, 1)
        for line in written:
            backend.append(line)
    assert connect().load() == Stored(document, tuple(written))


@pytest.mark.parametrize("line", [b"", b"two\nlines", b"nul\0"])
def test_a_line_that_could_look_torn_is_refused(connect: Connect, line: bytes) -> None:
    """An empty line, a newline and a NUL are mistakes of the caller, and write nothing."""
    backend = connect()
    with backend.lock(MINE), pytest.raises(ValueError, match="journal line"):
        backend.append(line)
    assert connect().load() == Stored(None, ())


def test_nothing_is_written_without_the_lock(connect: Connect) -> None:
    """Append and checkpoint outside the lock are mistakes of the caller."""
    backend = connect()
    with pytest.raises(RuntimeError, match="lock"):
        backend.append(b"line")
    with pytest.raises(RuntimeError, match="lock"):
        backend.checkpoint(b"document", 1)


def test_the_second_one_is_told_who_holds_the_lock(connect: Connect) -> None:
    """`Locked` says who, where, since when and how to wait, and exits 4."""
    with connect().lock(MINE), pytest.raises(Locked) as caught, connect().lock(YOURS):
        pass
    error = caught.value
    assert error.exit_code == ExitCode.LOCKED
    assert error.what == "the state is locked by another apply"
    assert error.where == f"{connect().name}, lock 7c1e04"
    assert error.why.startswith("ci@runner-12, pid 4411, since ")
    assert error.why.endswith("https://ci/88")
    assert error.cure.splitlines() == [
        "wait for it: reconciler apply --lock-timeout 10m",
        "if that run is dead: reconciler state unlock 7c1e04",
    ]


def test_the_holder_is_shown_while_the_lock_lasts(connect: Connect) -> None:
    """A reader sees the holder until the release, and asking takes nothing from anyone."""
    assert connect().holder() is None
    with connect().lock(MINE):
        assert connect().holder() == MINE
        assert connect().holder() == MINE
    assert connect().holder() is None
    with connect().lock(YOURS):
        assert connect().holder() == YOURS


def test_an_error_in_the_work_frees_the_lock(connect: Connect) -> None:
    """The lock goes with its context, and the error comes through as it was."""
    with pytest.raises(OSError, match="mine"), connect().lock(MINE):
        raise OSError("mine")
    with connect().lock(YOURS):
        pass


def test_a_timeout_waits_for_the_holder(connect: Connect) -> None:
    """A waiter gets the lock as soon as it is free, long before its timeout."""
    with ExitStack() as held:
        held.enter_context(connect().lock(MINE))
        pauses: list[float] = []

        def pause(seconds: float) -> None:
            pauses.append(seconds)
            held.close()

        with connect().lock(YOURS, timeout=60, pause=pause):
            assert connect().holder() == YOURS
    assert len(pauses) == 1


def test_threads_append_side_by_side(connect: Connect) -> None:
    """No line of concurrent appends is lost or mixed with another."""
    backend = connect()
    lines = {f"{n:03}".encode() * 50 for n in range(40)}

    def add(share: list[bytes]) -> None:
        for line in share:
            backend.append(line)

    with backend.lock(MINE):
        shares = [sorted(lines)[n::4] for n in range(4)]
        threads = [threading.Thread(target=add, args=(share,)) for share in shares]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    found = connect().load().journal
    assert len(found) == 40
    assert set(found) == lines


def test_replaced_documents_stay_as_backups(connect: Connect) -> None:
    """The last five replaced documents are kept, the newest first, named by their serial."""
    backend = connect()
    with backend.lock(MINE):
        for serial in range(1, 9):
            backend.checkpoint(b"document %d" % serial, serial)
    kept = list(backend.backups())
    assert [path.name.rpartition("-")[2] for path in kept] == ["7", "6", "5", "4", "3"]
    assert [path.read_bytes() for path in kept] == [b"document %d" % n for n in (7, 6, 5, 4, 3)]


def test_epochs_only_grow(connect: Connect) -> None:
    """Each lock has one above those before it, whoever takes it, and an unlock raises it, too."""
    epochs = []
    for who in (MINE, YOURS, MINE):
        with connect().lock(who) as epoch:
            epochs.append(epoch)
    assert epochs == sorted(set(epochs))
    assert epochs[0] > 0
    with deaf(), connect().lock(MINE):
        connect().unlock(MINE.id)
        with connect().lock(YOURS) as epoch:
            assert epoch > epochs[-1] + 2


def test_an_epoch_is_above_that_of_the_state(connect: Connect) -> None:
    """Also where the lock is a new one: the state was copied, or the lock's file was lost."""
    writer = connect()
    with writer.lock(MINE):
        writer.checkpoint(encode(State("lineage", "bots", serial=7, epoch=41)), 7)
    with connect().lock(MINE) as epoch:
        assert epoch == 42


WRITES: dict[str, Callable[[Backend], None]] = {
    "append": lambda backend: backend.append(b"late"),
    "checkpoint": lambda backend: backend.checkpoint(b"late", 2),
}


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("follower", ["nobody", "a reader", "a writer"])
def test_a_broken_lock_ends_its_holder(connect: Connect, write: str, follower: str) -> None:
    """Once it is unlocked, a holder that lives writes nothing more, whoever came after it."""
    zombie, next_ = connect(), connect()
    with deaf(), zombie.lock(MINE):
        zombie.checkpoint(b"one", 1)
        zombie.append(b"first")
        connect().unlock(MINE.id)
        if follower != "nobody":
            with next_.lock(YOURS):
                if follower == "a writer":
                    next_.append(b"second")
        before = connect().load()
        with pytest.raises(Fenced) as caught:
            WRITES[write](zombie)
        assert connect().load() == before
    assert caught.value.exit_code == ExitCode.LOCKED
    assert caught.value.where
    assert caught.value.why
    assert caught.value.cure


def test_a_broken_holder_leaves_its_successor_alone(connect: Connect) -> None:
    """When it ends at last, it lets go of nothing that is another's."""
    zombie, next_ = connect(), connect()
    with deaf(), ExitStack() as later:
        held = ExitStack()
        held.enter_context(zombie.lock(MINE))
        connect().unlock(MINE.id)
        later.enter_context(next_.lock(YOURS))
        held.close()
        next_.append(b"mine")
        with pytest.raises(Refusal, match="no lock 7c1e04"):
            connect().unlock(MINE.id)
    assert connect().load().journal == (b"mine",)


def test_a_person_cannot_break_another_lock(connect: Connect) -> None:
    """`unlock` wants the id of the present lock: it says whose it is, and leaves the id unsaid."""
    with pytest.raises(Refusal) as caught:
        connect().unlock("7c1e04")
    assert caught.value.why == "the state is not locked"
    with connect().lock(MINE):
        with pytest.raises(Refusal) as caught:
            connect().unlock("000000")
        told = caught.value
        assert told.why.startswith("another one is there: apply by ci@runner-12, pid 4411, since ")
        assert MINE.id not in str(told) + told.where + told.why + told.cure
