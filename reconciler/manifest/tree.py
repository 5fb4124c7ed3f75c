"""A manifest as plain values, with the place of each key and list item at hand."""

from array import array
from collections.abc import Iterator, Mapping
from operator import itemgetter
from typing import Final, NamedTuple, Protocol, TypeAlias

from msgspec import Struct, field

from reconciler.errors import Mark
from reconciler.manifest.finding import Path
from reconciler.manifest.scalars import Scalar


class Broken:
    """Stands for a value that was already reported, so that no later check reports it again."""


BROKEN = Broken()

MAX_NODES: Final = 2_000_000
"""Keys and values of all files of a manifest (design: limits)."""

Value: TypeAlias = "dict[str, Value] | list[Value] | Scalar | Broken"

_COLUMN_BITS = 32


def pack(line: int, column: int) -> int:
    """A place as one integer: line and column count from 0; order is the order in the file."""
    return line << _COLUMN_BITS | column


class LineColumn(NamedTuple):
    """A place; both count from 0."""

    line: int
    column: int


def unpacked(place: int) -> LineColumn:
    """The line and column of a packed place."""
    return LineColumn(place >> _COLUMN_BITS, place & ((1 << _COLUMN_BITS) - 1))


class Tree(Protocol):
    """One file of a manifest as plain values; `nodes` counts its keys and values."""

    @property
    def file(self) -> str:
        """As people name it."""
        ...

    @property
    def root(self) -> "dict[str, Value]":
        """The mapping at its top."""
        ...

    @property
    def nodes(self) -> int:
        """How many keys and values were read, each alias counted as one."""
        ...

    def mark(self, path: Path) -> Mark:
        """The place of the key at `path`, or of the nearest key above that is written."""
        ...

    def path_at(self, place: int) -> Path:
        """The path of the last key that begins at `place` or before it."""
        ...


class Composed(Struct, frozen=True):
    """A tree, and for each container the packed places of its keys or items.

    Attributes:
        starts: for `id(container)`, where its places begin in `places`; they are as many as the
            container has keys or items, in their order. A container behind an alias is shared, so
            its keys have one place: where they are written.
    """

    file: str
    root: "dict[str, Value]"
    starts: Mapping[int, int]
    places: "array[int]"
    nodes: int
    _places_of: dict[int, dict[str, int]] = field(default_factory=dict)

    def mark(self, path: Path) -> Mark:
        """As `Tree.mark`."""
        node: Value = self.root
        place = 0
        for step in path:
            below = self._below(node, step)
            if below is None:
                break
            place, node = below
        line, column = unpacked(place)
        return Mark(self.file, line + 1, column + 1)

    def path_at(self, place: int) -> Path:
        """As `Tree.path_at`."""
        path: Path = ()
        node: Value = self.root
        floor = 0
        while before := [below for below in self._all(node) if floor <= below[0] <= place]:
            floor, step, node = max(before, key=itemgetter(0))
            path = (*path, step)
        return path

    def _all(self, node: Value) -> Iterator[tuple[int, str | int, Value]]:
        """Place, step and value of everything right below a container; nothing below a scalar."""
        if isinstance(node, dict):
            yield from ((self._by_key(node)[key], key, value) for key, value in node.items())
        elif isinstance(node, list):
            start = self.starts[id(node)]
            yield from ((self.places[start + i], i, value) for i, value in enumerate(node))

    def _below(self, node: Value, step: str | int) -> tuple[int, Value] | None:
        match node, step:
            case dict(), str() if step in node:
                return self._by_key(node)[step], node[step]
            case list(), int() if step < len(node):
                return self.places[self.starts[id(node)] + step], node[step]
            case _:
                return None

    def _by_key(self, node: "dict[str, Value]") -> dict[str, int]:
        """Kept, because a section may hold 100,000 names that are asked for one by one."""
        if id(node) not in self._places_of:
            start = self.starts[id(node)]
            places = self.places[start : start + len(node)]
            self._places_of[id(node)] = dict(zip(node, places, strict=True))
        return self._places_of[id(node)]
