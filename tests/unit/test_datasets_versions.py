"""Versions of datasets, kept to be compared: they may be lost, damaged or too large at any time."""

import json
from pathlib import Path
from unittest.mock import patch

from reconciler.datasets import read_all, versions
from reconciler.datasets.cache import DigestCache
from reconciler.datasets.dataset import Dataset
from reconciler.datasets.scan import scan_dataset
from reconciler.datasets.scan_all import scan_all
from reconciler.datasets.versions import keep_version, recall_version, rows_between
from reconciler.sources import LocalFile

LINES = [json.dumps({"messages": [{"role": "user", "content": str(n)}]}) for n in range(12)]


def kept(tmp_path: Path, *lines: str) -> str:
    """The digest of a version that was kept."""
    path = tmp_path / "data.jsonl"
    path.write_text("".join(f"{line}\n" for line in lines))
    found = scan_dataset(Dataset(LocalFile(str(path)), "data.jsonl"))
    keep_version(tmp_path / "cache" / "key.digests.json", found)
    return found.sha256


def files(tmp_path: Path) -> list[Path]:
    """What is in the cache."""
    return sorted((tmp_path / "cache").glob("*"))


def test_a_version_is_recalled_without_its_rows(tmp_path: Path) -> None:
    """Digests and names are all that is kept."""
    old, new = kept(tmp_path, *LINES), kept(tmp_path, *LINES[2:], LINES[3])
    before, after = (recall_version(tmp_path / "cache" / "key.digests.json", n) for n in (old, new))
    assert before
    assert after
    assert (before.rows, before.roles, before.tools) == (12, ["user"], [])
    assert rows_between(before, after) == (1, 2)
    assert all(b"messages" not in path.read_bytes() for path in files(tmp_path))
    short = before._replace(digests=before.digests[:1])
    assert rows_between(short, after) is rows_between(after, short) is None


def test_a_damaged_or_lost_version_is_none(tmp_path: Path) -> None:
    """Then only what the state records is compared."""
    sha256 = kept(tmp_path, *LINES)
    cache = tmp_path / "cache" / "key.digests.json"
    assert recall_version(cache, "0" * 64) is None
    files(tmp_path)[0].write_bytes(b"1 x\n[]")
    assert recall_version(cache, sha256) is None


def test_the_oldest_versions_go(tmp_path: Path) -> None:
    """And what has no rows, or too many, is not kept."""
    with patch.object(versions, "MOST_KEPT", 2):
        for count in (3, 4, 5, 6):
            kept(tmp_path, *LINES[:count])
    assert len(files(tmp_path)) == 2
    with patch.object(versions, "MOST_ROWS", 2):
        kept(tmp_path, *LINES[:7])
    kept(tmp_path)
    assert len(files(tmp_path)) == 2


def test_no_more_versions_are_written_than_are_kept(tmp_path: Path) -> None:
    """Of thousands of new datasets each would only push out another."""
    given = {str(count): tmp_path / f"{count}.jsonl" for count in range(3, 9)}
    for count, path in given.items():
        path.write_text("".join(f"{line}\n" for line in LINES[: int(count)]))
    datasets = {name: Dataset(LocalFile(str(path)), path.name) for name, path in given.items()}
    with patch.object(read_all, "MOST_KEPT", 2):
        scan_all(datasets, DigestCache.load(tmp_path / "cache" / "key.digests.json"))
    assert len([*(tmp_path / "cache").glob("*.rows-*")]) == 2
