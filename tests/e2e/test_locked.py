"""The data that were reviewed are locked in a file, and no others are planned or sent."""

import json

import pytest
import yaml

from tests.support.cli import Project, Sandbox, dataset

LOCK = "reconciler.lock.yaml"


def test_the_lock_says_what_was_reviewed(demo: Project) -> None:
    """A line a dataset, as YAML and as JSON: digest, rows, tokens."""
    demo.run("validate", "--lock").ended(0)
    text = demo.read(LOCK)
    (path, entry), *more = yaml.safe_load(text).items()
    assert (path, entry["rows"], entry["tokens"], more) == ("data/train.jsonl", 12, 252, [])
    assert json.loads("{" + text.splitlines()[-1] + "}") == {path: entry}
    demo.run("validate", "--lock").ended(0)
    assert demo.read(LOCK) == text
    assert [p.name for p in demo.root.glob(f"{LOCK}*")] == [LOCK]


@pytest.mark.parametrize("words", [("plan",), ("apply", "--yes", "--wait")])
def test_other_data_are_refused(served: Project, box: Sandbox, words: tuple[str, ...]) -> None:
    """Before anything is sent; what differs is named, and the same data pass."""
    served.run("validate", "--lock").ended(0)
    served.write("data/train.jsonl", dataset(13))
    said = served.run(*words, "--locked").ended(3)
    assert "error: refused: data/train.jsonl is not as in reconciler.lock.yaml" in said.err
    assert "rows 12 → 13" in said.err
    assert "reconciler validate --lock" in said.err
    assert box.writes() == 0
    served.run("validate", "--lock").ended(0)
    served.run(*words, "--locked").ended(0)


def test_what_is_not_locked_is_refused(demo: Project) -> None:
    """A dataset that nobody reviewed."""
    demo.run("validate", "--lock").ended(0)
    demo.write("data/more.jsonl", dataset(12, "parcel"))
    files = {"train": {"path": "data/train.jsonl"}, "more": {"path": "data/more.jsonl"}}
    demo.save(files=files)
    assert "data/more.jsonl is not in it" in demo.run("plan", "--locked").ended(3).err


def test_invalid_data_are_not_locked(demo: Project) -> None:
    """They have to be corrected first."""
    demo.write("data/train.jsonl", "{}\n")
    demo.run("validate", "--lock").ended(65)
    assert not (demo.root / LOCK).exists()


@pytest.mark.parametrize(
    "text",
    [None, "x", '"a": 7\n', '"a": {"rows": 3}\n', '"a": {"sha256": 7}\n', '"a": {"other": 1}\n',
     '"a": ' + "[" * 100_000 + "\n", b"\xff\n", '"a": {"sha256": "x"}, "b": {"sha256": "x"}\n'],
    ids=range(9),
)  # fmt: skip
def test_a_lock_that_cannot_be_read_is_told(demo: Project, text: str | bytes | None) -> None:
    """With the command that writes it."""
    if text is not None:
        demo.write(LOCK, text)
    said = demo.run("plan", "--locked").ended(65)
    assert "reconciler.lock.yaml" in said.err
    assert "reconciler validate --lock" in said.err
