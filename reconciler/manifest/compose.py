"""YAML events → a tree: limits, anchors, merge keys and duplicates are settled on the way.

The parser's events are consumed one by one, so a limit stops the reading before more is built; an
alias shares the value of its anchor, so it costs nothing until something walks it. Recursive, as
the depth is limited first.
"""

from array import array
from collections.abc import Callable
from sys import intern
from typing import Any, Final, Protocol

import yaml
from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from reconciler.errors import InvalidInput, Problem
from reconciler.manifest.report import Report
from reconciler.manifest.scalars import NumberRefused, resolve, tagged
from reconciler.manifest.syntax import MAX_DEPTH, not_yaml, refuse_directives, too_deep
from reconciler.manifest.tree import BROKEN, MAX_NODES, Composed, Value, pack, unpacked
from reconciler.manifest.words import did_you_mean, dotted, found, quoted

MAX_EXPANSION: Final = 10
"""Nodes with every alias written out, per node read so far."""
FREE_NODES: Final = 10_000
"""A manifest that expands to no more than this may use aliases as it likes."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # PyYAML may come without libyaml
_COLLECTION_TAGS: dict[object, tuple[str | None, ...]] = {
    MappingStartEvent: (None, "!", "tag:yaml.org,2002:map"),
    SequenceStartEvent: (None, "!", "tag:yaml.org,2002:seq"),
}


class _Event(Protocol):
    """What the parser's events have; the class of one says which of these it really has."""

    start_mark: Any  # a `Place`: parsers set it, though their types say that it may be None
    anchor: str | None
    tag: str | None
    style: str | None
    value: str


def compose(text: str, file: str, problems: list[Problem], spent: int = 0) -> Composed:
    """The tree of a YAML text; mistakes that leave a tree are added to `problems`.

    Args:
        spent: nodes that were read before, from other files of the same manifest.

    Raises:
        InvalidInput: it is not YAML, not one document, or beyond a limit; `problems` are in it.
    """
    refuse_directives(text, file, problems)
    try:
        return _Composer(text, Report(file, problems), MAX_NODES - spent).tree()
    except yaml.YAMLError as error:
        raise InvalidInput([*problems, not_yaml(error, text, file)]) from None


class _Composer:
    """One reading of one text; a method that takes an event consumes the rest of its node."""

    def __init__(self, text: str, report: Report, room: int) -> None:
        self._next: Callable[[], _Event] = _LOADER(text).get_event
        self._report = report
        self._places = array("Q")
        self._starts: dict[int, int] = {}
        self._trail: list[str | int] = []  # the path of the node at hand; its length is the depth
        self._nodes = 0
        self._room = room
        self._borrowed = 0  # nodes that the aliases so far stand for
        self._anchors: dict[str, tuple[Value, int] | None] = {}  # None: begun, not complete
        self._node_of: dict[object, Callable[[_Event], Value]] = {
            AliasEvent: self._alias,
            ScalarEvent: self._scalar,
            MappingStartEvent: self._mapping,
            SequenceStartEvent: self._sequence,
        }

    def tree(self) -> Composed:
        report, pull = self._report, self._next
        pull()  # the stream begins
        event = pull()  # the document begins, if there is one
        root = None if isinstance(event, StreamEndEvent) else self._node(pull())
        if root is None:
            what, cure = f"{report.file} is empty", "begin with `project: NAME`, or with a section"
            report.stop(event.start_mark, "empty-manifest", what, cure=cure)
        if not isinstance(root, dict):
            what = f"the manifest must be a mapping, found {found(root)}"
            report.stop(event.start_mark, "wrong-type", what)
        pull()  # the document ends
        event = pull()
        if not isinstance(event, StreamEndEvent):
            what, cure = "a second YAML document begins here", "keep one: no second `---`"
            report.stop(event.start_mark, "many-documents", what, cure=cure)
        return Composed(report.file, root, self._starts, self._places, self._nodes)

    def _node(self, event: _Event) -> Value:
        self._nodes += 1
        if self._nodes > self._room:
            what = f"the manifest has more than {MAX_NODES:,} nodes"
            self._report.stop(event.start_mark, "too-large", what)
        if event.anchor is None or isinstance(event, AliasEvent):
            return self._node_of[type(event)](event)
        return self._anchored(event.anchor, event)

    def _mapping(self, event: _Event) -> Value:
        mapping: dict[str, Value] = {}
        places: list[int] = []
        repeated: dict[str, int] = {}
        trail, pull, node = self._enter(event), self._next, self._node
        while not isinstance(key_event := pull(), MappingEndEvent):
            key = trail[-1] = self._key(key_event)
            value = node(pull())
            mark = key_event.start_mark
            place = pack(mark.line, mark.column)
            if key in mapping:
                repeated[key] = place
            else:
                mapping[key] = value
                places.append(place)
        trail.pop()
        if repeated:
            self._refuse_repeated(repeated, dict(zip(mapping, places, strict=True)))
        if "<<" in mapping:
            self._merge(mapping, places)
        self._record(mapping, places)
        return mapping

    def _sequence(self, event: _Event) -> Value:
        items: list[Value] = []
        places: list[int] = []
        trail, pull, node = self._enter(event), self._next, self._node
        while not isinstance(item_event := pull(), SequenceEndEvent):
            trail[-1] = len(items)
            mark = item_event.start_mark
            places.append(pack(mark.line, mark.column))
            items.append(node(item_event))
        trail.pop()
        self._record(items, places)
        return items

    def _enter(self, event: _Event) -> list[str | int]:
        if len(self._trail) == MAX_DEPTH:
            self._report.stop(event.start_mark, "too-deep", too_deep())
        if event.tag not in _COLLECTION_TAGS[type(event)]:
            self._refuse_tag(event)
        self._trail.append("")
        return self._trail

    def _record(self, container: dict[str, Value] | list[Value], places: list[int]) -> None:
        self._starts[id(container)] = len(self._places)
        self._places.fromlist(places)

    def _key(self, event: _Event) -> str:
        self._nodes += 1
        if isinstance(event, ScalarEvent):
            if event.anchor is not None:
                self._anchors[event.anchor] = (event.value, 1)
            return intern(event.value)  # the same few keys stand in every entry
        key = self._alias(event) if isinstance(event, AliasEvent) else None
        if not isinstance(key, str):
            what, why = "a key must be a string", "every key of a manifest is a name"
            self._report.stop(event.start_mark, "complex-key", what, why=why)
        return key

    def _scalar(self, event: _Event) -> Value:
        try:
            if event.tag is not None:
                return tagged(event.tag, event.value)
            return event.value if event.style else resolve(event.value)
        except NumberRefused as refused:
            what, cure = f"{self._here} {refused.what}", "quote it, if it is a name or a digest"
            self._report.add(event.start_mark, "number-range", what, cure=cure)
        except LookupError:
            self._refuse_tag(event)
        return BROKEN

    def _anchored(self, anchor: str, event: _Event) -> Value:
        self._anchors[anchor] = None
        before = self._nodes + self._borrowed - 1
        value = self._node_of[type(event)](event)
        self._anchors[anchor] = (value, self._nodes + self._borrowed - before)
        return value

    def _alias(self, event: _Event) -> Value:
        known = self._anchors.get(event.anchor or "")
        if known is None:
            self._refuse_alias(event, event.anchor or "")
            return BROKEN
        value, size = known
        self._borrowed += size
        if self._nodes + self._borrowed > max(FREE_NODES, MAX_EXPANSION * self._nodes):
            what = "the aliases expand too far"
            why = f"written out, the text up to here has more than {MAX_EXPANSION} times its nodes"
            self._report.stop(event.start_mark, "too-large", what, why=why)
        return value

    def _merge(self, mapping: dict[str, Value], places: list[int]) -> None:
        """Own keys win, then the first source that has the key; its place is where it stands."""
        at = places.pop(list(mapping).index("<<"))
        merged = mapping.pop("<<")
        for source in merged if isinstance(merged, list) else [merged]:
            if isinstance(source, dict):
                start = self._starts[id(source)]
                for position, key in enumerate(source, start):
                    if key not in mapping:
                        mapping[key] = source[key]
                        places.append(self._places[position])
            elif source is not BROKEN:
                what = f"<< in {self._here} must be an alias of a mapping"
                self._report.add(unpacked(at), "wrong-type", what)

    @property
    def _here(self) -> str:
        return dotted(tuple(self._trail))

    def _refuse_repeated(self, repeated: dict[str, int], first: dict[str, int]) -> None:
        for key, place in repeated.items():
            what = f"duplicate key {quoted(key)} in {self._here}"
            why = f"it stands at line {unpacked(first[key]).line + 1} already"
            cure = "keep one of the two"
            self._report.add(unpacked(place), "duplicate-key", what, why=why, cure=cure)

    def _refuse_alias(self, event: _Event, name: str) -> None:
        if name in self._anchors:
            what, code = f"{self._here} contains itself: *{name}", "recursive-anchor"
            self._report.add(event.start_mark, code, what)
        else:
            what, code = f"no anchor {quoted(name)} before this alias", "unknown-anchor"
            cure = did_you_mean(name, self._anchors)
            self._report.add(event.start_mark, code, what, cure=cure)

    def _refuse_tag(self, event: _Event) -> None:
        what = f"the tag {quoted(event.tag or '')} cannot be used for {self._here}"
        self._report.add(event.start_mark, "unknown-tag", what, cure="leave the tag out")
