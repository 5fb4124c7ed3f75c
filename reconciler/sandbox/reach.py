"""Which routes a fault can act on: its glob and the path of a route name some path in common."""

import re
import string
from collections.abc import Collection, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from reconciler.sandbox.faults import Fault
from reconciler.sandbox.routing import ROUTES

_PART = re.compile(r"\[!?\]?[^\]]*\]|.", re.DOTALL)
_HOLE = re.compile(r"\{\w+\}|.")
_API: Mapping[str, Collection[str]] = {
    path: methods.keys() for path, methods in ROUTES.items() if path.startswith("/v1/")
}

PATHS = tuple(_HOLE.sub(lambda hole: hole[0] if len(hole[0]) == 1 else "*", path) for path in _API)
"""The paths of the API as a fault names them: `*` stands for an id."""


class _Piece(NamedTuple):
    """One character of these, or any number of them."""

    characters: frozenset[str]
    is_many: bool = False


def why_never(fault: Fault) -> str:
    """Why a fault can never act, and a test under it proves nothing; empty where it can."""
    methods = methods_at(fault.path)
    if not methods:
        return "no path of the API is like it"
    return "" if fault.method in {"*", *methods} else "no path like it takes this method"


def methods_at(glob: str) -> frozenset[str]:
    """The methods of all routes that a glob can match; none where it matches no path of theirs."""
    every = frozenset(string.printable) | set(glob)
    pieces = [_piece(part, every) for part in _PART.findall(glob)]
    met = (methods for path, methods in _API.items() if _meet(pieces, _route(path, every)))
    return frozenset(method for methods in met for method in methods)


def _piece(part: str, every: frozenset[str]) -> _Piece:
    if part == "*":
        return _Piece(every, is_many=True)
    return _Piece(frozenset(one for one in every if fnmatchcase(one, part)))


def _route(path: str, every: frozenset[str]) -> list[_Piece]:
    """The pieces of a path of ROUTES; an id has no slash, a name may have some."""
    holes = {"{id}": every - {"/"}, "{name}": every}
    pieces: list[_Piece] = []
    for part in _HOLE.findall(path):
        characters = holes.get(part, frozenset(part))
        pieces += [_Piece(characters), *[_Piece(characters, is_many=True)] * (part in holes)]
    return pieces


def _meet(one: Sequence[_Piece], other: Sequence[_Piece]) -> bool:
    """Whether some text is both; the walk is over what may be left of each."""
    start, end = (0, 0), (len(one), len(other))
    left, seen = [start], {start}
    while left:
        fresh = {*_steps(one, other, *left.pop())} - seen
        seen |= fresh
        left += fresh
    return end in seen


def _steps(
    one: Sequence[_Piece], other: Sequence[_Piece], i: int, j: int
) -> Iterator[tuple[int, int]]:
    """What may be left after one character more, or after one of many that are no more."""
    if i < len(one) and one[i].is_many:
        yield i + 1, j
    if j < len(other) and other[j].is_many:
        yield i, j + 1
    if i < len(one) and j < len(other) and one[i].characters & other[j].characters:
        yield i + (not one[i].is_many), j + (not other[j].is_many)
