"""The usual rows of chat are read quickly, and the verdict is that of all the rules."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.datasets import part as parts
from reconciler.datasets import quality
from reconciler.datasets.block import Block
from reconciler.datasets.part import Part
from reconciler.datasets.plain import plain_rows
from reconciler.datasets.shape import Shape
from reconciler.datasets.tokens import TokenCount
from reconciler.datasets.verdict import problems_of

USER = '{"role":"user","content":"q"}'
ASSISTANT = '{"content": "a\\n", "role": "assistant"}'
USUAL = f'{{"messages":[{USER}, {ASSISTANT}]}}'.encode()


def found(data: bytes, encodings: tuple[str, ...] = ()) -> tuple[object, ...]:
    """All that is found of a file of these bytes, in two blocks."""
    tokens, shape = TokenCount(encodings), Shape()
    part = Part([tokens, shape])
    lines = data.splitlines(keepends=True)
    first = b"".join(lines[: len(lines) // 2])
    for block in (Block(1, first), Block(len(lines) // 2 + 1, data[len(first) :])):
        if block.data:
            part.read(block)
    judged = (problems_of(part, "x"), part.format(), part.rows, part.votes, part.keys.count)
    quality = (part.quality.prompt, part.quality.examples)
    return (*judged, *quality, tokens.tokens, shape.roles, shape.tools)


def by_all_rules(data: bytes, encodings: tuple[str, ...] = ()) -> tuple[object, ...]:
    """The same where no row is a usual one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "plain_rows", lambda lines, _: [None] * len(lines))
        return found(data, encodings)


WORDS = ["", " ", "\u2003", "yes", 'she said "no"', "\\", '\\"', "a\nb", "é – 我", "\x7f", "\x00"]
PRIVATE = ["ann@acme-shop.de", "AKIAIOSFODNN7ABCDEFG", "4111 1111 1111 1111", "x" * 70, '"role"']
TEXT = st.sampled_from([*WORDS, *PRIVATE])
ROLE = st.sampled_from(["system", "developer", "user", "assistant", "assistant", "tool", "x"])
MESSAGE = st.fixed_dictionaries(
    {"role": ROLE, "content": TEXT}, optional={"name": TEXT, "weight": st.integers(0, 2)}
)
ROW = st.fixed_dictionaries(
    {"messages": st.lists(MESSAGE, max_size=3)}, optional={"tools": st.just([]), "answer": TEXT}
)


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    """A row, written in one of many ways, some of which no reader should take."""
    row: Any = draw(ROW | st.fixed_dictionaries({"prompt": TEXT, "completion": TEXT}))
    text = json.dumps(
        row, ensure_ascii=draw(st.booleans()), separators=draw(st.sampled_from([(",", ":"), None]))
    )
    old, new = draw(
        st.sampled_from(
            [("", "")] * 6
            + [('"content"', '"content": "lost", "content"'), ('"role"', '"rol\\u0065"')]
            + [('"role"', '"role":"user","role"'), ('"messages"', '"messages":[],"messages"')]
            + [("yes", "\\u0022"), ("yes", "\\ud800"), ("yes", "\t"), ("}", "}x"), ("{", "\ufeff{")]
        )
    )
    data = text.replace(old, new, draw(st.integers(1, 2))).encode() if old else text.encode()
    return data.replace(b"yes", draw(st.sampled_from([b"yes", b"\xff", b"\xed\xa0\x80"]))) + draw(
        st.sampled_from([b"", b"", b"", b" ", b"\r"])
    )


@given(
    rows=st.lists(lines() | st.sampled_from([b"", b" ", b"{", b"{} {}", USUAL]), max_size=8),
    graded=st.sampled_from([0, 0, 9]),
)
def test_the_verdict_is_that_of_all_rules(rows: list[bytes], graded: int) -> None:
    """Whatever the rows, and however they are written: findings, format, tokens, roles.

    Beside rows for reinforcement, too, where a usual row is the error.
    """
    asked = f'{{"messages":[{USER}],"answer":"x"}}'.encode()
    data = b"".join(row + b"\n" for row in [*rows, *[asked] * graded] * 2)
    assert found(data) == by_all_rules(data)
    exact = ("o200k_base",)
    assert found(data, exact) == by_all_rules(data, exact)


@given(rows=st.lists(lines(), max_size=8), longest=st.integers(80, 160))
def test_an_example_is_long_by_all_rules_or_by_none(rows: list[bytes], longest: int) -> None:
    """However long an example may be: it is measured as it would be written anew."""
    data = b"".join(row + b"\n" for row in rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quality, "LONGEST", longest)
        assert found(data) == by_all_rules(data)


@pytest.mark.parametrize(
    ("row", "is_usual"),
    [
        (f'{{"messages":[{USER},{ASSISTANT}]}}', True),
        (f' {{"messages": [ {ASSISTANT} ] }}\r', True),
        ('{"messages":[{"role":"assistant","content":"\\"a\\" \\\\"}]}', True),
        ('{"messages":[{"role":"assistant","content":"\\u0022a\\""}]}', False),
        (f'{{"messages":[{ASSISTANT},{USER}]}}', False),
        ('{"messages":[]}', False),
        (f'{{"messages":[{ASSISTANT}],"tools":[]}}', False),
        (f'{{"messages":[],"messages":[{ASSISTANT}]}}', False),
        ('{"messages":[{"role":"assistant","content":"lost","content":"a"}]}', False),
        ('{"messages":[{"role":"user","role":"assistant","content":"a"}]}', False),
        ('{"messages":[{"role":"assistant","content":null}]}', False),
        ('{"messages":[{"role":"assistant","content":"\\udc00"}]}', False),
        ('{"messages":[{"role":"assistant","content":"a"}]} {}', False),
        ("", False),
    ],
)
def test_what_is_a_usual_row(row: str, is_usual: bool) -> None:
    """Alone and among others: role and text, the assistant last, and nothing lost."""
    line, usual = row.encode(), f'{{"messages":[{ASSISTANT}]}}'.encode()
    for lines in ([line], [usual, line, usual], [b"{", line]):
        rows = plain_rows(lines, b"\n".join(lines))
        assert [row is not None for row in rows] == [
            each != b"{" and (each != line or is_usual) for each in lines
        ]


def test_a_usual_row_is_an_error_among_rows_for_reinforcement() -> None:
    """The first are told where they are, behind blank lines, too; the others are counted."""
    part = Part()
    asked = f'{{"messages":[{USER}]}}\n'
    usual = f'{{"messages":[{{"role":"user","content":"é"}},{ASSISTANT}]}}\n'
    part.read(Block(1, (asked * 1_500 + " \n\n" + usual * 1_100).encode()))
    problems, more = problems_of(part, "x")
    first, *others = [each for each in problems if each.code == "last-not-user"]
    assert (str(first.mark), len(others), more["error"]) == ("x:1503:44", 999, 100)
