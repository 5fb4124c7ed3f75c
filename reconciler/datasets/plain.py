"""The usual rows of chat, read a block at a time: each message has a role and a text, and no more.

There is nothing to find in the form of such a row, and nearly all rows of a large file are such, so
they are told apart by the typed decoder before any rule is asked. In doubt a row is not usual: then
the rules see it, which come to the same verdict in several times the time.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, NamedTuple

import msgspec


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
        rows: their values; `said` is all that they say.
        numbers: of their lines, ascending.
        lines: their bytes.
    """

    rows: Sequence[Plain]
    said: Sequence[Said]
    numbers: Sequence[int]
    lines: Sequence[bytes]


_REFUSED = (msgspec.MsgspecError, ValueError, RecursionError)
_decode = msgspec.json.Decoder(Plain).decode


def plain_rows(lines: Sequence[bytes], data: bytes) -> list[Plain | None]:
    """The value of each line that is a usual row of chat for certain, None for any other.

    Args:
        data: the block that consists of these lines.
    """
    rows = _decoded(lines)
    is_escaped = b"\\" in data
    least = [
        _least(row, line, is_escaped) if row else 0 for row, line in zip(rows, lines, strict=True)
    ]
    if 0 not in least and data.count(b'"') == sum(least):
        return rows
    known = zip(rows, lines, least, strict=True)
    return [row if row and line.count(b'"') == marks else None for row, line, marks in known]


def _decoded(lines: Sequence[bytes]) -> list[Plain | None]:
    rows: list[Plain | None] = []
    for line in lines:
        try:
            row = _decode(line)
        except _REFUSED:
            rows.append(None)
        else:
            rows.append(row if type(row.messages[-1]) is Assistant else None)
    return rows


def _least(row: Plain, line: bytes, is_escaped: bool) -> int:
    """The quotation marks that a line has at least: there are more where a key stands twice.

    Such a key is lost in the value, and its marks are left over in the line.
    """
    marks = 2 + 8 * len(row.messages)
    if is_escaped and b"\\" in line and b"\\u0022" not in line:
        marks += sum([said.content.count('"') for said in row.messages])
    return marks
