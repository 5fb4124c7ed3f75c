"""Unchanged datasets are not read again; a cache is never trusted blindly."""

import json
import os
import threading
from pathlib import Path

import pytest
from msgspec.structs import replace

from reconciler.datasets import cache as caching
from reconciler.datasets.cache import DigestCache
from reconciler.datasets.dataset import Dataset, Scan
from reconciler.datasets.scan import scan_dataset
from reconciler.datasets.scan_all import scan_all
from reconciler.errors import Problem
from reconciler.sources import LocalFile

SECOND = 1_000_000_000
LINE = b'{"messages": [{"role": "assistant", "content": "a"}]}\n'


@pytest.fixture
def cache_path(tmp_path: Path) -> Path:
    """Where the cache of these tests lies."""
    return tmp_path / "cache" / "reconciler" / "x.json"


def dataset(path: Path, data: bytes = LINE * 10, purpose: str = "fine-tune") -> Dataset:
    """A dataset with these bytes."""
    path.write_bytes(data)
    return Dataset(LocalFile(str(path)), f"data/{path.name}", purpose)


def later(path: str, seconds: float = 10) -> int:
    """A time, in nanoseconds, so long after the last change of a file."""
    return Path(path).stat().st_ctime_ns + int(seconds * SECOND)


def scanned(given: Dataset, cache_path: Path, seconds: float = 10) -> Scan | Problem:
    """One run with the cache."""
    cache = DigestCache.load(cache_path)
    return scan_all({"x": given}, cache, now=lambda: later(given.source.key, seconds))["x"]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The datasets that were opened, by name."""
    names: list[str] = []
    call = os.open

    def noted(path: object, *rest: int) -> int:
        if str(path).endswith(".jsonl"):
            names.append(Path(str(path)).name)
        return call(str(path), *rest)

    monkeypatch.setattr(os, "open", noted)
    return names


def test_an_unchanged_file_is_not_opened(
    tmp_path: Path, cache_path: Path, opened: list[str]
) -> None:
    """The second run gives the same scan without opening the dataset."""
    given = dataset(tmp_path / "a.jsonl")
    first = scanned(given, cache_path)
    assert opened == ["a.jsonl"]
    assert scanned(given, cache_path) == first
    assert opened == ["a.jsonl"]
    assert isinstance(first, Scan)
    assert (first.rows, first.format, first.bytes) == (10, "chat", len(LINE) * 10)


@pytest.mark.parametrize("change", ["bytes", "time", "inode", "ctime", "purpose"])
def test_a_changed_file_is_read_again(
    tmp_path: Path, cache_path: Path, opened: list[str], change: str
) -> None:
    """Any difference in size, times, inode or purpose makes an entry void."""
    given = dataset(tmp_path / "a.jsonl")
    scanned(given, cache_path)
    path = Path(given.source.key)
    before = path.stat()
    match change:
        case "bytes":
            given = dataset(path, LINE * 11)
        case "time":
            os.utime(path, (1, 1))
        case "inode":
            other = Path(dataset(tmp_path / "b.jsonl").source.key)
            os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
            other.rename(path)
        case "ctime":
            while path.stat().st_ctime_ns == before.st_ctime_ns:  # the kernel's tick
                dataset(path, LINE.replace(b'"a"', b'"b"') * 10)
                os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        case _:
            given = Dataset(given.source, given.shown, "batch")
    scanned(given, cache_path)
    assert opened == ["a.jsonl", "a.jsonl"]


@pytest.mark.parametrize("seconds", [-5, 0, 1.9])
def test_a_file_touched_just_before_is_not_trusted(
    tmp_path: Path, cache_path: Path, seconds: float
) -> None:
    """A file that could change once more within its time stamp is not remembered."""
    given = dataset(tmp_path / "a.jsonl")
    scanned(given, cache_path, seconds)
    assert not cache_path.exists()


def test_problems_are_shown_again(tmp_path: Path, cache_path: Path, opened: list[str]) -> None:
    """Each run shows the same problems at the same places, and the file is read once."""
    given = dataset(tmp_path / "a.jsonl", LINE)
    first = scanned(given, cache_path)
    assert isinstance(first, Scan)
    assert [problem.code for problem in first.problems] == ["too-few-examples"]
    assert scanned(given, cache_path) == first
    assert opened == ["a.jsonl"]
    moved = replace(given, shown="other name")
    again = scanned(moved, cache_path)
    assert isinstance(again, Scan)
    assert str(again.problems[0].mark) == "other name:1:1"


def test_what_earlier_rules_found_is_looked_for_again(
    tmp_path: Path, cache_path: Path, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that passed before there were rules for its images is not taken for good."""
    given = dataset(tmp_path / "a.jsonl")
    with monkeypatch.context() as before:
        before.setattr(caching, "RULES", 11)
        found = scanned(given, cache_path)
    assert scanned(given, cache_path) == found
    assert opened == ["a.jsonl"] * 2


@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "other", "list", "nuls", "deep"])
def test_a_damaged_cache_is_not_used(tmp_path: Path, cache_path: Path, damage: str) -> None:
    """Whatever stands in the cache's file, the result is that of the data."""
    given = dataset(tmp_path / "a.jsonl")
    right = scanned(given, cache_path)
    data = cache_path.read_bytes()
    sha256 = right.sha256.encode() if isinstance(right, Scan) else b""
    damaged = {
        "empty": b"",
        "cut": data[:-9],
        "flipped": data.replace(sha256, b"0" * 64),
        "other": b"0" + data,
        "list": b"[]",
        "nuls": bytes(len(data)),
        "deep": b"[" * 100_000,
    }
    cache_path.write_bytes(damaged[damage])
    assert scanned(given, cache_path) == right
    assert cache_path.read_bytes() == data


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    """A folder that cannot be made costs the cache and nothing else."""
    (tmp_path / "cache").write_bytes(b"a file where the folder should be")
    given = dataset(tmp_path / "a.jsonl")
    assert isinstance(scanned(given, tmp_path / "cache" / "x.json"), Scan)
    assert isinstance(scan_all({"x": given}, DigestCache.load(None))["x"], Scan)


def test_a_failed_save_leaves_nothing_behind(
    tmp_path: Path, cache_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the cache cannot be put in its place, its temporary file goes."""

    def replace(*_: object) -> None:
        raise OSError(5, "no")

    monkeypatch.setattr(os, "replace", replace)
    assert isinstance(scanned(dataset(tmp_path / "a.jsonl"), cache_path), Scan)
    assert list(cache_path.parent.iterdir()) == []


def test_many_files_keep_their_order_and_names(tmp_path: Path, cache_path: Path) -> None:
    """Results carry the names that were given, whatever was cached, cold or unreadable."""
    before = threading.active_count()
    given = {f"n{n}": dataset(tmp_path / f"{n}.jsonl", LINE * (10 + n)) for n in range(9)}
    given["gone"] = Dataset(LocalFile(str(tmp_path / "gone.jsonl")), "data/gone.jsonl")
    given["again"] = given["n3"]
    now = max(later(one.source.key) for one in given.values() if Path(one.source.key).exists())
    for _ in range(2):
        found = scan_all(given, DigestCache.load(cache_path), now=lambda: now)
        assert list(found) == list(given)
        rows = [one.rows if isinstance(one, Scan) else one.code for one in found.values()]
        assert rows == [*range(10, 19), "missing-dataset", 13]
    assert threading.active_count() <= before
    (tmp_path / "5.jsonl").unlink()
    assert isinstance(scan_all(given, DigestCache.load(cache_path))["n5"], Problem)


def test_the_cache_holds_no_data(tmp_path: Path, cache_path: Path) -> None:
    """The cache has digests and numbers by path, and is its owner's alone."""
    scanned(dataset(tmp_path / "a.jsonl"), cache_path)
    entries = json.loads(cache_path.read_bytes().partition(b"\n")[2])
    assert list(entries) == [f"fine-tune:{tmp_path / 'a.jsonl'}"]
    assert cache_path.parent.stat().st_mode & 0o077 == 0


def test_tokens_are_counted_anew_by_another_encoding(tmp_path: Path, cache_path: Path) -> None:
    """An estimate does not stand for a count; what was counted is read from the cache."""
    given = dataset(tmp_path / "a.jsonl")
    counted = replace(given, encodings=("o200k_base",))
    for asked, method in ((given, "estimate"), (counted, "o200k_base"), (counted, "o200k_base")):
        found = scanned(asked, cache_path)
        assert isinstance(found, Scan)
        assert found.tokens.counts == {method: 10 * 5}


def test_tokens_of_no_other_encoding_are_recalled(tmp_path: Path, cache_path: Path) -> None:
    """What is known from another manifest of yesterday changes nothing of today's plan."""
    given = dataset(tmp_path / "a.jsonl")
    scanned(replace(given, encodings=("cl100k_base", "o200k_base")), cache_path)
    one = replace(given, encodings=("o200k_base",))
    recalled = scanned(one, cache_path)
    assert isinstance(recalled, Scan)
    assert recalled.tokens == scan_dataset(one).tokens
