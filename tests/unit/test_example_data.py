"""The example's datasets: what a newcomer trains on first has to be worth reading."""

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.datasets.scan import scan

DATA = Path(__file__).parents[2] / "examples" / "quickstart" / "data"
COUNTS = {"support.jsonl": 44, "support.valid.jsonl": 10}


def messages(name: str) -> list[list[dict[str, Any]]]:
    """The conversations of a dataset, in order."""
    lines = (DATA / name).read_text("utf-8").splitlines()
    return [json.loads(line)["messages"] for line in lines]


def said(name: str, place: int) -> list[str]:
    """What is said at one place of each conversation: 0 system, 1 user, 2 assistant."""
    return [conversation[place]["content"] for conversation in messages(name)]


def bare(texts: list[str]) -> set[str]:
    """Texts without case, punctuation and spacing, so that near copies are copies."""
    return {"".join(filter(str.isalnum, text.casefold())) for text in texts}


@pytest.mark.parametrize("name", COUNTS)
def test_the_example_is_clean(name: str) -> None:
    """No rule of the scan has anything to say, and the rows are as many as the docs claim."""
    found = scan(DATA / name, shown=name)
    assert (found.rows, found.format, found.problems) == (COUNTS[name], "chat", ())


@pytest.mark.parametrize("name", COUNTS)
def test_the_example_is_plain_lines(name: str) -> None:
    """LF, no BOM, no blank lines, a newline at the end, no space around what is said."""
    data = (DATA / name).read_bytes()
    assert not data.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in data
    assert data.endswith(b"}\n")
    assert all(data.decode().split("\n")[:-1])
    assert all(text == text.strip() for place in range(3) for text in said(name, place))


@pytest.mark.parametrize("name", COUNTS)
def test_each_row_is_one_question_and_one_answer(name: str) -> None:
    """System, user, assistant, each with a role and a text alone."""
    for conversation in messages(name):
        assert [list(message) for message in conversation] == [["role", "content"]] * 3
        assert [m["role"] for m in conversation] == ["system", "user", "assistant"]


def test_every_row_has_the_same_system_prompt() -> None:
    """One voice: training and validation are told the same first."""
    assert len({prompt for name in COUNTS for prompt in said(name, 0)}) == 1


@pytest.mark.parametrize("place", [1, 2])
def test_rows_are_distinct_and_do_not_overlap(place: int) -> None:
    """No question and no answer occurs twice, neither within a set nor across the two."""
    texts = [text for name in COUNTS for text in said(name, place)]
    assert len(bare(texts)) == len(texts) == sum(COUNTS.values())


def test_the_first_question_of_every_guide_is_taught() -> None:
    """`chat … "Where is my order?"` is answered with a tracking link."""
    taught = dict(zip(said("support.jsonl", 1), said("support.jsonl", 2), strict=True))
    assert "tracking link" in taught["Where is my order?"]


def test_answers_are_short() -> None:
    """A few sentences that fit a phone's screen."""
    assert max(len(text) for name in COUNTS for text in said(name, 2)) <= 300


@pytest.mark.parametrize(
    ("sample", "original"),
    [
        ("support.jsonl", "examples/quickstart/data/support.jsonl"),
        ("support.valid.jsonl", "examples/quickstart/data/support.valid.jsonl"),
        ("state.md", "state/README.md"),
    ],
)
def test_what_init_writes_is_what_the_repository_shows(sample: str, original: str) -> None:
    """The package carries its own copies, so that `init` works from an installed wheel."""
    shown = Path(original).read_bytes()
    assert Path("reconciler/samples", sample).read_bytes() == shown
