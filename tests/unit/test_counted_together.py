"""Several entries of one file: it is counted with all that any of them is counted with."""

from pathlib import Path

from reconciler.cli.verbs.counting import together
from reconciler.datasets.cache import DigestCache
from reconciler.datasets.dataset import Dataset
from reconciler.datasets.scan_all import scan_all
from reconciler.sources import LocalFile

CL100K, O200K = "cl100k_base", "o200k_base"


def test_entries_of_one_file_are_counted_alike(tmp_path: Path) -> None:
    """However they spell its path; what is no training data is apart, and so is another file."""
    one, other = (LocalFile(str(tmp_path / name)) for name in ("one.jsonl", "other.jsonl"))
    given = {
        "a": Dataset(one, "one.jsonl", encodings=(O200K,)),
        "b": Dataset(one, "./one.jsonl", encodings=(CL100K,)),
        "c": Dataset(one, "one.jsonl", "user_data", (O200K,)),
        "d": Dataset(other, "other.jsonl", encodings=(O200K,)),
    }
    assert {name: found.encodings for name, found in together(given).items()} == {
        "a": (CL100K, O200K),
        "b": (CL100K, O200K),
        "c": (O200K,),
        "d": (O200K,),
    }


def test_they_push_each_other_out_of_no_cache(tmp_path: Path) -> None:
    """Each is known in the next run, so that a plan without changes reads no dataset."""
    path = tmp_path / "one.jsonl"
    path.write_text('{"messages": [{"role": "assistant", "content": "a"}]}\n' * 10)
    names = {"a": O200K, "b": CL100K}
    source = LocalFile(str(path))
    entries = together({n: Dataset(source, n, encodings=(e,)) for n, e in names.items()})
    cache = DigestCache(None, {})
    now = path.stat().st_ctime_ns + 10**10
    first = scan_all(entries, cache, now=lambda: now)
    version = source.version()
    assert version
    assert {name: cache.get(each, version) for name, each in entries.items()} == first
