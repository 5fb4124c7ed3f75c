"""Values as YAML that every reader takes for the same: what is written into a manifest.

A text stands plain only where no version of YAML could take it for something else; all others are
JSON texts, which YAML reads as they are.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias, TypeGuard

from reconciler.manifest.references import OPENING
from reconciler.manifest.scalars import resolve

Spelt: TypeAlias = "str | int | float | bool | Sequence[Spelt] | Mapping[str, Spelt] | None"

Members: TypeAlias = "Mapping[str, Spelt] | Sequence[Spelt]"
"""What a collection has."""

WIDTH = 90
"""Columns of a line that holds a whole collection."""

STEP = 2
"""Columns that what is inside stands further right."""

_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]*")
_WORDS_OF_OLD = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null", "none"))
_HIDDEN = re.compile(r"[\x7f-\x9f\xa0\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff]")


def literal(value: Spelt) -> Spelt:
    """The same value without references: `${` in a text is written `$${`."""
    match value:
        case str():
            return value.replace(OPENING, f"${OPENING}")
        case Mapping():
            return {key: literal(member) for key, member in value.items()}
        case Sequence():
            return [literal(member) for member in value]
        case _:
            return value


def in_line(value: Spelt) -> str:
    """A value on one line: `{path: data/support.jsonl}`."""
    match value:
        case str():
            return _text(value)
        case Mapping():
            return f"{{{', '.join(f'{_text(k)}: {in_line(v)}' for k, v in value.items())}}}"
        case Sequence():
            return f"[{', '.join(map(in_line, value))}]"
        case _:
            return json.dumps(value)


def lines_of(members: Members, indent: int, opened: int = 0) -> Iterator[str]:
    """The members of a collection, one below the other, each on one line where it has room.

    Args:
        opened: so many levels below have lines of their own in any case.
    """
    margin = " " * indent
    if isinstance(members, Mapping):
        for key, value in members.items():
            yield from _led(f"{margin}{_text(key)}:", value, indent, opened)
    else:
        for value in members:
            yield f"{margin}- {in_line(value)}"


def _led(head: str, value: Spelt, indent: int, opened: int) -> Iterator[str]:
    line = f"{head} {in_line(value)}"
    is_long = len(line) > WIDTH or _has_collections(value) or opened
    if _is_collection(value) and is_long:
        yield head
        yield from lines_of(value, indent + STEP, max(opened - 1, 0))
    else:
        yield line


def _is_collection(value: Spelt) -> TypeGuard[Members]:
    return isinstance(value, Mapping | Sequence) and not isinstance(value, str) and bool(value)


def _has_collections(value: Spelt) -> bool:
    """A list of collections has one a line."""
    return isinstance(value, list | tuple) and any(map(_is_collection, value))


def _text(text: str) -> str:
    is_plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS_OF_OLD
    if is_plain and isinstance(resolve(text), str) and not text[0].isdigit():
        return text
    return _HIDDEN.sub(_escaped, json.dumps(text, ensure_ascii=False))


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
