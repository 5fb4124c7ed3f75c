"""The usual rows of chat, read a block at a time: each message has a role and a text, and no more.

There is nothing to find in the form of such a row, and nearly all rows of a large file are such, so
they are told apart by the typed decoder before any rule is asked. In doubt a row is not usual: then
the rules see it, which come to the same verdict in several times the time.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, NamedTuple

import msgspec

from reconciler.no_json import NO_JSON

SPARSE = 26
"""Bytes to a quotation mark from which on they are seldom."""


class Said(msgspec.Struct, tag_field="role", forbid_unknown_fields=True, gc=False):
    """A message; its class is its role."""

    content: str


class System(Said, tag="system"):
    """Says how to answer."""


class Developer(Said, tag="developer"):
    """Says how to answer, too."""


class User(Said, tag="user"):
    """Asks."""


class Assistant(Said, tag="assistant"):
    """Answers."""


PROMPTS = (System, Developer)
ROLES: Mapping[type[Said], str] = {
    System: "system",
    Developer: "developer",
    User: "user",
    Assistant: "assistant",
}


class Plain(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A usual row; the assistant speaks last."""

    messages: Annotated[list[System | Developer | User | Assistant], msgspec.Meta(min_length=1)]


class Usual(NamedTuple):
    """The usual rows of a block.

    Attributes:
        rows: their values.
        said: all their messages.
        texts: what each of these says.
        numbers: of their lines, ascending.
        lines: their bytes.
    """

    rows: Sequence[Plain]
    said: Sequence[Said]
    texts: Sequence[str]
    numbers: Sequence[int]
    lines: Sequence[bytes]


_decode = msgspec.json.Decoder(Plain).decode


def plain_rows(lines: Sequence[bytes], data: bytes) -> list[Plain | None]:
    """The value of each line that is a usual row of chat for certain, None for any other.

    Args:
        data: the block that consists of these lines.
    """
    rows = _decoded(lines)
    usual = [row for row in rows if row]
    if not usual:
        return rows
    least = _least(usual, data)
    marks = _marks(data) if least * SPARSE < len(data) else data.count(b'"')
    if len(usual) < len(rows):
        odd = (line for row, line in zip(rows, lines, strict=True) if row is None)
        marks -= sum([line.count(b'"') for line in odd])
    if marks == least:
        return rows
    pairs = zip(rows, lines, strict=True)
    return [row if row and line.count(b'"') == _least([row], line) else None for row, line in pairs]


def _marks(data: bytes) -> int:
    """How many quotation marks are there, where they are seldom.

    `count` looks at each byte, `replace` goes from one mark to the next; the copy that it makes
    comes and goes in memory that a large file's reader holds (`hold_memory`).
    """
    return len(data) - len(data.replace(b'"', b""))


def _decoded(lines: Sequence[bytes]) -> list[Plain | None]:
    """The value of each line that is like a usual row."""
    try:
        rows: list[Plain | None] = [*map(_decode, lines)]
    except NO_JSON:
        rows = [*map(_decoded_alone, lines)]
    return [row if row and type(row.messages[-1]) is Assistant else None for row in rows]


def _decoded_alone(line: bytes) -> Plain | None:
    try:
        return _decode(line)
    except NO_JSON:
        return None


def _least(rows: Sequence[Plain], data: bytes) -> int:
    """The quotation marks that rows have at least: there are more where a key stands twice.

    Such a key is lost in the value, and its marks are left over in the bytes.
    """
    marks = 2 * len(rows) + 8 * sum([len(row.messages) for row in rows])
    if b"\\" in data and b"\\u0022" not in data:  # a mark as a number is none in the bytes
        texts = [said.content for row in rows for said in row.messages]
        marks += sum([text.count('"') for text in texts if '"' in text])
    return marks
