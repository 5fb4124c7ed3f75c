"""What is special about the state in local files."""

import errno
import os
import shutil
import stat
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from reconciler.backends import Backend, Holder, Stored, open_backend
from reconciler.backends.holder import describe
from reconciler.backends.lockfile import Stamp
from reconciler.errors import Fenced, Locked, ReconcilerError, Refusal, UsageError

MINE = Holder("7c1e04", "ci", "runner-12", 4411, "2026-11-23T14:02:07Z", "apply", "https://ci/88")


@pytest.fixture
def backend(tmp_path: Path) -> Backend:
    """A state that was never written."""
    return open_backend("state/bots.json", tmp_path)


def files(root: Path) -> list[str]:
    """The names in the state's folder."""
    return sorted(path.name for path in (root / "state").iterdir())


def test_files_stand_beside_each_other(backend: Backend, tmp_path: Path) -> None:
    """Document, journal, lock and backups share one name in a folder made on demand."""
    with backend.lock(MINE):
        backend.checkpoint(b"1", 1)
        backend.checkpoint(b"2", 2)
        backend.append(b"line")
        assert files(tmp_path) == ["bots.journal", "bots.json", "bots.json.bak-1", "bots.lock"]


def test_looking_makes_nothing(backend: Backend, tmp_path: Path) -> None:
    """Reading a state that is not there leaves the folder as it was."""
    backend.load()
    backend.holder()
    backend.backups()
    assert list(tmp_path.iterdir()) == []


def test_files_are_their_owners_alone(backend: Backend, tmp_path: Path) -> None:
    """No file of the state is readable by group or others, whatever the umask."""
    before = os.umask(0)
    try:
        with backend.lock(MINE):
            backend.checkpoint(b"1", 1)
            backend.checkpoint(b"2", 2)
            backend.append(b"line")
    finally:
        os.umask(before)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "state").iterdir()}
    assert modes == {0o600}


def test_the_lock_file_stays_the_same_file(backend: Backend, tmp_path: Path) -> None:
    """The lock file is never removed or replaced, and blank while nobody holds it."""
    path = tmp_path / "state/bots.lock"
    with backend.lock(MINE):
        first = path.stat().st_ino
        assert Stamp.from_json(path.read_bytes()) == Stamp(1, MINE)
    with backend.lock(MINE):
        backend.checkpoint(b"1", 1)
    assert path.stat().st_ino == first
    assert Stamp.from_json(path.read_bytes()) == Stamp(2)


def test_temporary_files_of_the_dead_are_removed(backend: Backend, tmp_path: Path) -> None:
    """Taking the lock removes what a killed writer left, and nothing else."""
    folder = tmp_path / "state"
    folder.mkdir()
    for name in ("bots.json.tmp-1234abcd", "other.json.tmp-1", "bots.json.bak-3"):
        (folder / name).write_bytes(b"half")
    with backend.lock(MINE):
        assert files(tmp_path) == ["bots.json.bak-3", "bots.lock", "other.json.tmp-1"]


def test_without_links_the_backup_is_a_copy(
    backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a filesystem without hard links backups hold the same bytes."""

    def link(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", link)
    with backend.lock(MINE):
        backend.checkpoint(b"1", 1)
        backend.checkpoint(b"2", 2)
    assert (tmp_path / "state/bots.json.bak-1").read_bytes() == b"1"
    assert files(tmp_path) == ["bots.json", "bots.json.bak-1", "bots.lock"]


WHOLE = b"first\nsecond\n"


@pytest.mark.parametrize("kept", range(len(b"torn line\n")))
@pytest.mark.parametrize("filler", [b"", b"\0", b"\0\0\0 rest\n"])
def test_a_torn_last_line_is_dropped_and_cut(
    backend: Backend, tmp_path: Path, kept: int, filler: bytes
) -> None:
    """Wherever an append was cut or NUL-filled, the lines before it stand and more follow."""
    (tmp_path / "state").mkdir()
    (tmp_path / "state/bots.journal").write_bytes(WHOLE + b"torn line\n"[:kept] + filler)
    assert backend.load() == Stored(None, (b"first", b"second"))
    with backend.lock(MINE):
        backend.append(b"third")
    assert backend.load() == Stored(None, (b"first", b"second", b"third"))
    assert (tmp_path / "state/bots.journal").read_bytes() == WHOLE + b"third\n"


def test_a_journal_that_is_only_torn_is_empty(backend: Backend, tmp_path: Path) -> None:
    """A first line that was cut short leaves an empty journal."""
    (tmp_path / "state").mkdir()
    for data in (b"", b"x", b"\0\0", b"\0\n"):
        (tmp_path / "state/bots.journal").write_bytes(data)
        assert backend.load() == Stored(None, ())


def test_short_writes_are_continued(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    """A `write` that takes three bytes at a time loses nothing."""
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, bytes(data)[:3]))
    with backend.lock(MINE):
        assert backend.holder() == MINE
        backend.checkpoint(b"a document", 1)
        backend.append(b"a line of some length")
    assert backend.load() == Stored(b"a document", (b"a line of some length",))


def test_a_deleted_lock_file_stops_the_run(backend: Backend, tmp_path: Path) -> None:
    """When the lock's file is deleted, no effect is announced any more."""
    with backend.lock(MINE):
        backend.append(b"one")
        (tmp_path / "state/bots.lock").unlink()
        with pytest.raises(ReconcilerError, match="lock of the state is lost"):
            backend.append(b"two")
        with pytest.raises(ReconcilerError, match="lock of the state is lost"):
            backend.checkpoint(b"1", 1)
    assert backend.load() == Stored(None, (b"one",))


def test_a_deleted_journal_stops_the_run(backend: Backend, tmp_path: Path) -> None:
    """When the journal is deleted under a run, the next append fails instead of going nowhere."""
    with backend.lock(MINE):
        backend.append(b"one")
        (tmp_path / "state/bots.journal").unlink()
        with pytest.raises(ReconcilerError, match="journal was deleted"):
            backend.append(b"two")
        with pytest.raises(ReconcilerError, match="no more lines"):
            backend.append(b"three")


def test_a_reader_keeps_the_journal_it_opened(backend: Backend, tmp_path: Path) -> None:
    """A dropped journal is another file than the next one, so a reader never sees two mixed."""
    with backend.lock(MINE):
        backend.append(b"old")
        with (tmp_path / "state/bots.journal").open("rb") as reader:
            backend.checkpoint(b"1", 1)
            backend.append(b"new")
            assert reader.read() == b"old\n"


def test_a_living_holder_is_not_unlocked(backend: Backend, tmp_path: Path) -> None:
    """The kernel knows that the process lives, so a person is told to stop it instead."""
    with backend.lock(MINE), pytest.raises(Locked) as caught:
        open_backend("state/bots.json", tmp_path).unlock("7c1e04")
    assert "stop process 4411 on runner-12" in caught.value.cure


def test_a_dead_holder_is_forgotten(backend: Backend, tmp_path: Path) -> None:
    """The name that a killed run left behind holds nothing, and `unlock` blanks it."""
    (tmp_path / "state").mkdir()
    (tmp_path / "state/bots.lock").write_bytes(Stamp(6, MINE).to_json())
    assert backend.holder() is None
    with pytest.raises(Refusal) as caught:
        backend.unlock("000000")
    assert (caught.value.why, caught.value.cure) == ("the state is not locked", "nothing to do")
    backend.unlock("7c1e04")
    assert Stamp.from_json((tmp_path / "state/bots.lock").read_bytes()) == Stamp(7)
    with backend.lock(MINE):
        pass


@pytest.mark.parametrize("name", ["bots.json", "bots.journal", "bots.lock"])
@pytest.mark.parametrize("kind", ["link", "folder", "fifo"])
def test_only_regular_files_are_used(
    backend: Backend, tmp_path: Path, name: str, kind: str
) -> None:
    """A link, a folder or a FIFO in a file's place is an error that names it, and never blocks."""
    path = tmp_path / "state" / name
    path.parent.mkdir()
    match kind:
        case "link":
            path.symlink_to(tmp_path / "elsewhere")
        case "folder":
            path.mkdir()
        case _:
            os.mkfifo(path)

    def use() -> None:
        with backend.lock(MINE):
            backend.load()
            backend.append(b"line")

    with pytest.raises(ReconcilerError) as caught:
        use()
    assert caught.value.where.startswith("state/bots.")
    assert caught.value.why
    assert caught.value.cure
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("location", ["ftp://bucket/key", "mysql://u:secret@h/db", "C:/x.json"])
def test_an_unknown_backend_is_a_usage_error(location: str, tmp_path: Path) -> None:
    """The schemes that are known are named; a location's password is not repeated."""
    with pytest.raises(UsageError, match="unknown state backend") as caught:
        open_backend(location, tmp_path)
    assert "secret" not in f"{caught.value} {caught.value.why} {caught.value.cure}"


@pytest.mark.parametrize("location", ["state", "x.lock", "", ".", ".json", "a\0b.json"])
def test_a_state_file_has_a_name_that_ends_in_json(location: str, tmp_path: Path) -> None:
    """A name whose journal or lock could be the state itself is refused."""
    with pytest.raises(UsageError, match="not the name of a state file"):
        open_backend(location, tmp_path)


def test_a_state_outside_the_root_is_refused(tmp_path: Path) -> None:
    """Neither `..`, nor an absolute path, nor a link leads out, unless the operator allows it."""
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "link").symlink_to(outside)
    (root / "loop").symlink_to(root / "loop")
    for location in ("../outside/x.json", str(outside / "x.json"), "link/x.json"):
        with pytest.raises(Refusal) as caught:
            open_backend(location, root)
        assert "--allow-path" in caught.value.cure
        assert open_backend(location, root, allowed=[outside]).name == location
    with pytest.raises(ReconcilerError), open_backend("loop/x.json", root).lock(MINE):
        pass


NOW = datetime(2026, 11, 23, 14, 5, 19, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "words"),
    [
        ("2026-11-23T14:02:07Z", "since 14:02:07Z (3m 12s)"),
        ("2026-11-23T15:02:07+01:00", "since 14:02:07Z (3m 12s)"),
        ("2026-11-23T14:05:00Z", "since 14:05:00Z (19s)"),
        ("2026-11-23T11:00:00Z", "since 11:00:00Z (3h 5m)"),
        ("2026-11-22T14:00:00Z", "since 2026-11-22 14:00:00Z (24h 5m)"),
        ("2026-11-23T14:06:00Z", "since 14:06:00Z"),
        ("yesterday", "since yesterday"),
    ],
)
def test_the_age_of_a_lock_is_said_when_it_is_known(since: str, words: str) -> None:
    """A clock that was set back or a text that is no date costs the age, not the message."""
    holder = Holder("1", "ann", "host", 7, since, "apply")
    assert describe(holder, NOW) == f"ann@host, pid 7, {words}"


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"[]", b"{}", b"\xff", Stamp(3, MINE).to_json()[:-9], b'{"id": 1}',
        b"[" * 100_000, b'{"epoch": -1, "holder": null}', b'{"epoch": true, "holder": []}',
        b'{"epoch": "9", "holder": {"id": 1}}',
    ],
)  # fmt: skip
def test_a_stamp_that_is_none_says_nothing(data: bytes) -> None:
    """A lock file that was cut short, or written by something else, has no holder."""
    assert Stamp.from_json(data) == Stamp()


@pytest.mark.parametrize(
    "data", [b"# a tool's lock\n", b"{}", b'{\n  "nodes": {}}', b"[[package]]", b"\xff", b"\n\nx"]
)
def test_a_lock_file_of_another_tool_is_left_alone(tmp_path: Path, data: bytes) -> None:
    """A state that is called as the tool would take its lock file away."""
    path = tmp_path / "poetry.lock"
    path.write_bytes(data)
    backend = open_backend("poetry.json", tmp_path)
    assert backend.holder() is None
    for _ in range(2):
        with pytest.raises(Refusal) as caught, backend.lock(MINE):
            pass
        assert caught.value.what == "refused: poetry.lock is not the lock of a state"
    assert [file.name for file in tmp_path.iterdir()] == ["poetry.lock"]
    assert path.read_bytes() == data


@pytest.mark.parametrize(
    "data", [b"", b"{", b'{"epo', Stamp(3, MINE).to_json()[:-9], b'{"id": "7c', b"\0" * 90, b"\n"]
)
def test_a_lock_file_that_was_cut_short_is_ours(
    backend: Backend, tmp_path: Path, data: bytes
) -> None:
    """A power cut amid a stamp ends no state."""
    (tmp_path / "state").mkdir()
    (tmp_path / "state/bots.lock").write_bytes(data)
    with backend.lock(MINE):
        assert backend.holder() == MINE


def test_a_holder_of_another_shape_is_none() -> None:
    """Types are checked, as they are shown to people; the epoch counts all the same."""
    stamp = Stamp(3, MINE).to_json().replace(b"4411", b'"x"')
    assert Stamp.from_json(stamp) == Stamp(3)


def test_a_state_that_was_replaced_stops_the_run(backend: Backend, tmp_path: Path) -> None:
    """A backup that is put back under a run: no effect is announced, and the backup stays."""
    document = tmp_path / "state/bots.json"
    with backend.lock(MINE):
        backend.checkpoint(b"1", 1)
        backend.checkpoint(b"2", 2)
        backend.append(b"one")
        shutil.copy(tmp_path / "state/bots.json.bak-1", document)
        with pytest.raises(Fenced, match="changed under this run"):
            backend.append(b"two")
        with pytest.raises(Fenced, match="changed under this run"):
            backend.checkpoint(b"3", 3)
    assert backend.load() == Stored(b"1", (b"one",))


def test_a_journal_that_somebody_wrote_to_stops_the_run(backend: Backend, tmp_path: Path) -> None:
    """Only the holder of the lock appends."""
    with backend.lock(MINE):
        backend.append(b"one")
        with (tmp_path / "state/bots.journal").open("ab") as other:
            other.write(b"theirs\n")
        with pytest.raises(Fenced, match="journal was changed"):
            backend.append(b"two")
    assert backend.load().journal == (b"one", b"theirs")


def test_a_disk_that_is_nearly_full_begins_nothing(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is begun has to be written down to its end; once it began it goes on."""
    size, free = 2_000_000, 19_999_000
    room = SimpleNamespace(f_bavail=free // 1000, f_frsize=1000)
    with backend.lock(MINE):
        backend.checkpoint(b"x" * size, 1)
    monkeypatch.setattr(os, "statvfs", lambda *_: room)
    with backend.lock(MINE):
        with pytest.raises(ReconcilerError, match="nearly full") as caught:
            backend.append(b"one")
        assert caught.value.why == "19,999 KB are left, and a run wants 20,000 KB"
        assert caught.value.where == "state"
        room.f_bavail += 1
        backend.append(b"one")
        room.f_bavail = 0
        backend.append(b"two")
    assert backend.load().journal == (b"one", b"two")
