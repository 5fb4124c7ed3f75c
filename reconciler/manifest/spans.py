"""Where the nodes of a YAML text begin and end: what moves them needs their places, not values."""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import yaml
from msgspec import Struct, field
from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_KEEPS = re.compile(r"[|>][0-9]?\+[0-9]?\s*(?:#.*)?$")
"""The first line of a block scalar whose last line breaks are part of it."""


class Touched(NamedTuple):
    """The anchors that a piece of text sets, and those that it uses."""

    set_: frozenset[str] = frozenset()
    used: frozenset[str] = frozenset()

    def __or__(self, other: "Touched") -> "Touched":
        if not any(other):
            return self
        return Touched(self.set_ | other.set_, self.used | other.used)


NOTHING = Touched()


class Span(Struct):
    """One node: lines, columns and offsets count from 0; `end` is behind its last character.

    Attributes:
        key: the text of a scalar, "" for anything else.
        last: the last line that has a part of it.
        pairs, items: of a mapping, and of a sequence.
    """

    line: int
    column: int
    start: int
    end: int
    last: int
    key: str = ""
    is_flow: bool = False
    pairs: "list[tuple[Span, Span]] | None" = None
    items: "list[Span] | None" = None
    touched: Touched = field(default=NOTHING)

    @property
    def children(self) -> "Iterator[Span]":
        """Everything right below it, in the order of the text."""
        for pair in self.pairs or ():
            yield from pair
        yield from self.items or ()


def spans(text: str) -> Span:
    """The root of a text that was composed before: it is one document, and within all limits."""
    pull: Callable[[], Any] = _LOADER(text).get_event
    pull()
    pull()
    return _span(pull(), pull, text)


def _span(event: Any, pull: Callable[[], Any], text: str) -> Span:  # noqa: ANN401  # of PyYAML
    if isinstance(event, MappingStartEvent | SequenceStartEvent):
        return _collection(event, pull, text)
    start, end = event.start_mark, event.end_mark
    found = Span(start.line, start.column, start.index, end.index, end.line)
    if isinstance(event, AliasEvent):
        found.touched = Touched(used=frozenset((str(event.anchor),)))
        return found
    found.key = event.value
    if event.style in ("|", ">"):
        found.last = _last_line(found, text)
    if event.anchor:
        found.touched = Touched(set_=frozenset((event.anchor,)))
    return found


def _last_line(block: Span, text: str) -> int:
    """Of a block scalar: the parser's end is behind the blank lines after it."""
    said = text[block.start : block.end]
    if not _KEEPS.search(said.split("\n", 1)[0].rstrip()):
        said = said.rstrip()
    return block.line + said.removesuffix("\n").count("\n")


def _collection(event: Any, pull: Callable[[], Any], text: str) -> Span:  # noqa: ANN401
    start, end = event.start_mark, event.end_mark
    found = Span(start.line, start.column, start.index, end.index, end.line)
    found.is_flow = bool(event.flow_style)
    if event.anchor:
        found.touched = Touched(set_=frozenset((event.anchor,)))
    if isinstance(event, MappingStartEvent):
        found.pairs = []
        while not isinstance(event := pull(), MappingEndEvent):
            found.pairs.append((_span(event, pull, text), _span(pull(), pull, text)))
    else:
        found.items = []
        while not isinstance(event := pull(), SequenceEndEvent):
            found.items.append(_span(event, pull, text))
    for child in found.children:
        found.end, found.last = max(found.end, child.end), max(found.last, child.last)
        found.touched |= child.touched
    if found.is_flow:  # of a block collection the parser tells where the next node begins
        found.end = max(found.end, event.end_mark.index)
        found.last = max(found.last, event.end_mark.line)
    return found
