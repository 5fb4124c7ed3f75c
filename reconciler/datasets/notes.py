"""What is told once a file: how many rows it befalls, and the first of them."""

from bisect import insort
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Self

from msgspec import Struct, field

FIRST = 5
"""Lines named of one note."""


class Lines(Struct):
    """How many lines, and the first ones."""

    count: int = 0
    first: list[int] = field(default_factory=list)

    def add(self, line: int) -> None:
        """One more line, in any order."""
        self.count += 1
        if len(self.first) < FIRST or line < self.first[-1]:
            insort(self.first, line)
            del self.first[FIRST:]

    def add_all(self, lines: Sequence[int]) -> None:
        """More lines, ascending."""
        self.merge(Lines(len(lines), [*lines[:FIRST]]))

    def merge(self, other: "Lines") -> None:
        """Those of another part of the file, too."""
        self.count += other.count
        self.first = sorted([*self.first, *other.first])[:FIRST]


class Measured(NamedTuple):
    """What is told of a file once: the code of the rule, what the lines show, and the lines."""

    code: str
    detail: str
    lines: Lines


class Notes:
    """Lines by the code of a rule, and what of it they show."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, str], Lines] = {}

    def add(self, code: str, line: int, detail: str = "") -> None:
        """A line to which a rule applies."""
        lines = self.found.get((code, detail))
        if lines is None:
            lines = self.found[code, detail] = Lines()
        lines.add(line)

    def merge(self, other: Self) -> None:
        """Those of another part of the file, too."""
        for key, lines in other.found.items():
            self.found.setdefault(key, Lines()).merge(lines)

    def measured(self) -> Iterator[Measured]:
        """What is to be told, in one order whoever found it."""
        return (Measured(*key, self.found[key]) for key in sorted(self.found))
