"""What two files share is found whichever of them is read again, and never of other bytes."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from reconciler.cli.verbs.rows import rows_of
from reconciler.datasets import block
from reconciler.datasets.cache import DigestCache
from reconciler.datasets.dataset import Dataset, Scan
from reconciler.datasets.overlap import overlap
from reconciler.datasets.scan import scan_dataset
from reconciler.errors import InvalidInput, Mark, Problem
from reconciler.sources import LocalFile

ROWS = [json.dumps({"prompt": f"p{n}", "completion": "c"}) for n in range(12)]


def known(path: Path, text: str) -> tuple[Dataset, Scan]:
    """A file of this text, as a later run knows it: without its examples."""
    path.write_text(text)
    dataset = Dataset(LocalFile(str(path)), path.name)
    return dataset, replace(scan_dataset(dataset), examples=None)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_byte_order_mark_is_no_part_of_an_example(tmp_path: Path, mark: str) -> None:
    """The first example of a file is that of another one, with or without the mark."""
    training = known(tmp_path / "a", mark + "\n".join(ROWS))
    validation = known(tmp_path / "b", ROWS[0])
    assert overlap(training, validation, DigestCache.load(None)).first == [1]
    assert overlap(validation, training, DigestCache.load(None)).first == [1]


def test_what_other_bytes_share_is_not_remembered(tmp_path: Path) -> None:
    """A file that changed since it was scanned is not compared under its old digest."""
    training, validation = known(tmp_path / "a", ROWS[0]), known(tmp_path / "b", ROWS[0])
    cache = DigestCache.load(None)
    (tmp_path / "a").write_text(ROWS[1])
    with pytest.raises(InvalidInput) as caught:
        overlap(training, validation, cache)
    assert caught.value.problems[0].code == "changed-while-read"
    assert cache.overlap(training[1].sha256, validation[1].sha256) is None


def test_rows_are_shown_by_the_lines_of_the_scan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever comes before them: a long line, one too long to be read, a byte order mark."""
    monkeypatch.setattr(block, "SIZE", 100)
    monkeypatch.setattr(block, "LONGEST", 1_000)
    path = tmp_path / "a"
    lines = [b"\xef\xbb\xbfone", b"x" * 999, b"y" * 1_001, b"four"]
    path.write_bytes(b"\n".join(lines))
    problems = [Problem("", "", Mark("a", number, 1)) for number in (1, 3, 4)]
    found = rows_of(problems, [Dataset(LocalFile(str(path)), "a")])
    assert found == {("a", 1): "one", ("a", 4): "four"}
