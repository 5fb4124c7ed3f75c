"""The lock file is read with care: it is merged by git, and edited by hand."""

from pathlib import Path

import pytest

from reconciler.datasets.lockfile import NAME, Locked, read_lock, write_lock
from reconciler.errors import InvalidInput

LINE = '"data/a b.jsonl": {"sha256": "aa", "rows": 7}\n'


def refused(folder: Path, text: str) -> str:
    """Why a lock file of this text is not used."""
    (folder / NAME).write_text(text)
    with pytest.raises(InvalidInput) as caught:
        read_lock(folder)
    (problem,) = caught.value.problems
    assert problem.code == "bad-lock"
    return problem.what


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Whatever is in a path; lines that end with CR and LF, too."""
    locked = {"data/ä\n\u2028: b.jsonl": Locked("aa", 7, 9, "estimate"), "b": Locked("bb")}
    write_lock(tmp_path, locked)
    assert read_lock(tmp_path) == locked
    path = tmp_path / NAME
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_lock(tmp_path) == locked


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (
            f"{LINE}# theirs\n{LINE.replace('aa', 'bb')}",
            f"line 3 of {NAME} is of data/a b.jsonl again",
        ),
        (f"<<<<<<< ours\n{LINE}", f"line 1 of {NAME} is none of ours"),
        ('"a": {"sha256": "aa", "more": 1}', f"line 1 of {NAME} is none of ours"),
        ('"a": {"sha256": 7}', f"line 1 of {NAME} has no digest"),
        ('"a": ' + "[" * 100_000, f"line 1 of {NAME} is none of ours"),
    ],
)
def test_what_is_not_clear_is_refused(tmp_path: Path, text: str, what: str) -> None:
    """Two lines of one path, what a merge left behind, what an editor broke."""
    assert refused(tmp_path, text) == what
