"""What is an object store's own: races on its log, careless stores, lost answers, a witness."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from msgspec.structs import replace

from reconciler.backends import Backend, Holder, Stored, open_backend
from reconciler.backends.objects import store as objects_store
from reconciler.backends.objects.backend import ObjectsBackend
from reconciler.backends.objects.files import FileStore
from reconciler.backends.objects.log import key_of, line_record, number_of
from reconciler.backends.objects.store import Store, StoreError
from reconciler.errors import Damaged, Fenced, ReconcilerError, Refusal
from tests.support import s3
from tests.support.s3_proxy import S3Proxy
from tests.support.scripted import Received, reset

MINE = Holder("7c1e04", "ci", "runner-12", 4411, "2026-11-23T14:02:07Z", "apply", "https://ci/88")
YOURS = replace(MINE, id="99aa00", who="ann", run_url="")


@dataclass
class Counted:
    """A store, and how often it was waited for; something may happen before a create, or a read.

    Attributes:
        before_one: before a read of one object alone.
        trips: requests that follow each other; those that go out side by side are one.
    """

    store: Store
    before: list[Callable[[], object]] = field(default_factory=list)
    before_one: list[Callable[[], object]] = field(default_factory=list)
    trips: int = 0

    def create(self, key: str, data: bytes) -> bool:
        self.trips += 1
        while self.before:
            self.before.pop()()
        return self.store.create(key, data)

    def read(self, keys: Sequence[str]) -> list[bytes | None]:
        self.trips += bool(keys)
        while len(keys) == 1 and self.before_one:
            self.before_one.pop()()
        return self.store.read(keys)

    def names(self) -> Mapping[str, str]:
        self.trips += 1
        return self.store.names()

    def remove(self, keys: Sequence[str]) -> None:
        self.trips += 1
        self.store.remove(keys)


@pytest.fixture
def counted(tmp_path: Path) -> Counted:
    """A store in a folder."""
    return Counted(FileStore(tmp_path / "store", "file:///store"))


def client(store: Store) -> ObjectsBackend:
    """A client of its own."""
    return ObjectsBackend(store, "file:///store/bots", is_remote=True)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed is tried again without a wait."""
    monkeypatch.setattr(objects_store, "_WAITS", (0.0, 0.0, 0.0))


@pytest.fixture
def proxy(at_once: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Proxy]:
    """A way to the S3 server that can be disturbed."""
    with S3Proxy(s3.server().port) as made:
        for name, value in made.environ.items():
            monkeypatch.setenv(name, value)
        yield made


@pytest.fixture
def bucket() -> str:
    """An empty one."""
    return s3.server().bucket()


@pytest.fixture
def remote(proxy: S3Proxy, bucket: str, tmp_path: Path) -> Backend:
    """A client that goes that way."""
    environ = {**os.environ, "RECONCILER_ALLOWED_HOSTS": bucket}
    return open_backend(f"s3://{bucket}/team", tmp_path, label="bots", environ=environ)


def runs(store: Store, *documents: bytes) -> None:
    """Whole runs, one after the other; each removes what the ones before left."""
    for serial, document in enumerate(documents, 1):
        backend = client(store)
        with backend.lock(YOURS):
            backend.append(b"line")
            backend.checkpoint(document, serial)


def test_who_was_overtaken_has_no_lock(counted: Counted) -> None:
    """Between the look and the create others came and went, and their records are gone."""
    runs(counted.store, b"one")
    backend = client(counted)
    counted.before.append(lambda: runs(counted.store, b"two", b"three"))
    with backend.lock(MINE) as epoch:
        assert epoch == 4
        backend.append(b"mine")
    assert client(counted.store).load() == Stored(b"three", (b"mine",))


def test_who_lost_the_lock_stays_fenced_for_ever(counted: Counted) -> None:
    """However many runs come after it, and remove what they no longer need."""
    zombie = client(counted)
    with zombie.lock(MINE):
        zombie.checkpoint(b"zombie's", 1)
        client(counted.store).unlock(MINE.id)
        runs(counted.store, b"one", b"two", b"three")
        with pytest.raises(Fenced, match="the lock of the state was broken"):
            zombie.append(b"late")
    assert client(counted.store).load() == Stored(b"three", ())


def test_a_lock_that_was_put_out_of_the_way_is_noticed(counted: Counted) -> None:
    """A log that somebody wrote to, without taking the lock away, ends the run as well."""
    backend = client(counted)
    with backend.lock(MINE):
        backend.checkpoint(b"one", 1)
        last = max(filter(None, map(number_of, counted.names())))
        counted.store.create(key_of(last + 1), line_record(b"theirs", 0, 1))
        with pytest.raises(Fenced, match="the state was changed"):
            backend.append(b"mine")
        with pytest.raises(ReconcilerError, match="takes no more lines"):
            backend.append(b"mine")
    assert client(counted.store).load() == Stored(b"one", (b"theirs",))
    assert client(counted.store).holder() is None


def test_runs_leave_little_behind(counted: Counted) -> None:
    """A state that is used for long is a few objects: its log does not grow."""
    runs(counted.store, *(b"%d" % n for n in range(20)))
    for _ in range(5):
        with client(counted.store).lock(MINE):
            pass
    names = list(counted.store.names())
    assert len([name for name in names if number_of(name)]) <= 4
    assert len([name for name in names if name.startswith("documents/")]) == 6


def test_a_plan_waits_for_the_store_twice(counted: Counted) -> None:
    """A list, and everything that it names: who holds the lock, and the state of that instant."""
    backend = client(counted.store)
    with backend.lock(MINE):
        backend.checkpoint(b"one", 1)
        for number in range(20):
            backend.append(b"%d" % number)
        reader = client(counted)
        assert reader.holder() == MINE
        assert reader.load() == Stored(b"one", tuple(b"%d" % number for number in range(20)))
        assert counted.trips == 2
        backend.append(b"more")
        assert len(reader.load().journal) == 21


def test_a_damaged_record_can_be_set_aside(counted: Counted, tmp_path: Path) -> None:
    """Nothing is taken from a log with a hole in it; a person can still lock and mend it."""
    backend = client(counted)
    with backend.lock(MINE):
        backend.checkpoint(b"one", 1)
        backend.append(b"a")
        backend.append(b"b")
    broken = tmp_path / "store" / key_of(3)
    broken.unlink()
    broken.write_bytes(b"no record")
    with pytest.raises(Damaged, match="damaged") as caught:
        client(counted.store).load()
    assert caught.value.why == "record 3 of its log is damaged"
    backend = client(counted.store)
    with backend.lock(MINE):
        kept = backend.set_aside()
        assert [name.rpartition("-")[2] for name in kept] == ["journal", "document"]
        assert backend.load() == Stored(None, ())
        backend.checkpoint(b"anew", 1)
    assert client(counted.store).load() == Stored(b"anew", ())


def test_a_missing_document_can_be_set_aside(counted: Counted, tmp_path: Path) -> None:
    """A rule of the bucket removed it: that is damage, and the lines after it are kept."""
    backend = client(counted.store)
    with backend.lock(MINE):
        backend.checkpoint(b"one", 1)
        backend.append(b"a line")
    (document,) = (tmp_path / "store/documents").iterdir()
    document.unlink()
    assert client(counted.store).holder() is None
    with pytest.raises(Damaged, match="the state is damaged") as caught:
        client(counted.store).load()
    assert caught.value.why == f"its document documents/{document.name} is missing"
    backend = client(counted.store)
    with backend.lock(MINE):
        (journal,) = backend.set_aside()
        backend.checkpoint(b"anew", 1)
    kept = tmp_path / "store" / journal.removeprefix("file:///store/bots/")
    assert b"\na line\n" in kept.read_bytes()
    assert client(counted.store).load() == Stored(b"anew", ())


def test_a_document_that_is_replaced_while_it_is_read_is_no_damage(counted: Counted) -> None:
    """The log that named it is old by then, and is read anew."""
    runs(counted.store, b"one")
    counted.store.create("documents/9-of-a-crash", b"named by nobody")
    counted.before_one.append(lambda: runs(counted.store, *(b"%d" % n for n in range(2, 8))))
    assert client(counted).load() == Stored(b"7", ())
    assert not counted.before_one


@pytest.mark.parametrize("aim", ["", "new"])
@pytest.mark.parametrize("name", ["log", "documents", "log/0000000000000001"])
def test_nothing_of_a_folder_is_a_link(
    counted: Counted, tmp_path: Path, name: str, aim: str
) -> None:
    """What it leads to is neither read nor written; a pull request can put it there."""
    outside = tmp_path / "outside"
    outside.mkdir()
    link = tmp_path / "store" / name
    link.parent.mkdir(parents=True)
    link.symlink_to(outside / aim)
    with pytest.raises(ReconcilerError):
        runs(counted.store, b"one")
    assert not list(outside.iterdir())
    assert link.is_symlink()


@pytest.mark.parametrize("newest", [1, 2])
def test_a_lock_leaves_damage_as_it_is(counted: Counted, tmp_path: Path, newest: int) -> None:
    """Each run that locks the state is told of it; it goes once it was set aside, and is kept."""
    runs(counted.store, b"one")
    with client(counted.store).lock(MINE):
        pass
    log = tmp_path / "store/log"
    for path in sorted(log.iterdir())[-newest:]:
        path.write_bytes(b"torn")
    if client(counted.store).holder():  # the release is what was damaged
        client(counted.store).unlock(MINE.id)
    before = {path.name for path in log.iterdir()}
    for _ in range(2):
        backend = client(counted.store)
        with backend.lock(MINE), pytest.raises(Damaged, match="the state is damaged"):
            backend.load()
        assert before < {path.name for path in log.iterdir()}
    backend = client(counted.store)
    with backend.lock(MINE):
        journal = backend.set_aside()[0].removeprefix("file:///store/bots/")
        backend.checkpoint(b"anew", 1)
    assert (tmp_path / "store" / journal).read_bytes().count(b"torn") == newest
    runs(counted.store, b"two", b"three")
    assert client(counted.store).load() == Stored(b"three", ())


def test_a_witness_sees_what_we_see(remote: Backend, bucket: str) -> None:
    """Another client of the protocol reads the document, and no object twice in one place."""
    with remote.lock(MINE):
        remote.append(b"line")
        remote.checkpoint(b"one", 1)
    (document,) = [key for key in s3.server().keys(bucket) if "/documents/" in key]
    assert document.startswith("team/bots/documents/")
    assert s3.server().content(bucket, document) == b"one"


def test_a_store_that_ignores_conditions_is_refused(
    remote: Backend, proxy: S3Proxy, bucket: str
) -> None:
    """Two runs could hold its lock at once; nothing is left there."""
    proxy.is_careless = True
    with pytest.raises(Refusal, match="ignores conditional writes") as caught, remote.lock(MINE):
        pass
    assert "postgresql://" in caught.value.cure
    assert s3.server().keys(bucket) == []


def is_write(request: Received) -> bool:
    """Whether it creates an object."""
    return request.method == "PUT"


def test_a_write_whose_answer_was_lost_is_known_again(remote: Backend, proxy: S3Proxy) -> None:
    """It is our own that is found there: neither a conflict, nor written twice."""
    with remote.lock(MINE):
        remote.checkpoint(b"one", 1)
        left = [2]

        def loses(request: Received) -> bool:
            left[0] -= is_write(request)
            return is_write(request) and left[0] >= 0

        proxy.hits, proxy.fault, proxy.carries = loses, reset(), True
        remote.append(b"first")
        remote.append(b"second")
        left[0] = 1
        remote.checkpoint(b"two", 2)
        remote.append(b"third")
        proxy.hits = lambda _: False
    assert remote.load() == Stored(b"two", (b"third",))


def test_a_store_that_is_gone_promises_nothing(remote: Backend, proxy: S3Proxy) -> None:
    """The line is not promised, nothing more is written, and the next run goes on."""
    with remote.lock(MINE):
        remote.checkpoint(b"one", 1)
        proxy.hits, proxy.fault = is_write, reset()
        with pytest.raises(ReconcilerError, match="cannot write the state") as caught:
            remote.append(b"line")
        proxy.hits = lambda _: False
        with pytest.raises(ReconcilerError, match="takes no more lines"):
            remote.append(b"line")
    assert caught.value.where.endswith("/team/bots")
    assert caught.value.cure
    assert remote.holder() is None
    assert remote.load() == Stored(b"one", ())


def test_a_bucket_that_is_not_there_is_named(proxy: S3Proxy, tmp_path: Path) -> None:
    """The cause is one line, of what the store said."""
    environ = {**os.environ, "RECONCILER_ALLOWED_HOSTS": "nowhere-at-all"}
    backend = open_backend("s3://nowhere-at-all", tmp_path, label="bots", environ=environ)
    with pytest.raises(ReconcilerError, match="cannot read the state") as caught:
        backend.load()
    assert "NoSuchBucket" in caught.value.why
    assert "\n" not in caught.value.why


def test_an_append_costs_its_line(remote: Backend, proxy: S3Proxy) -> None:
    """However large the state is: one request, of the line and a little more."""
    sizes = []
    with remote.lock(MINE):
        for serial, size in enumerate((10, 1_000_000), 1):
            remote.checkpoint(b"x" * size, serial)
            before = len(proxy.requests)
            remote.append(b"y" * 400)
            (sent,) = proxy.requests[before:]
            sizes.append(len(sent.body))
    assert sizes[0] == sizes[1] < 600


def test_what_fails_is_tried_again_unless_it_is_final() -> None:
    """A read that failed twice is read the third time; a refusal of the store is not repeated."""
    asked: list[int] = []

    def attempt() -> int:
        asked.append(1)
        if len(asked) < 3:
            raise StoreError("busy")
        return len(asked)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(objects_store, "_WAITS", (0.0, 0.0))
        assert objects_store.again(attempt) == 3
        denials = iter([StoreError("denied", is_final=True)])
        with pytest.raises(StoreError, match="denied"):
            objects_store.again(lambda: denied(next(denials)))


def denied(error: StoreError) -> int:
    """As a store says to who may not."""
    raise error
