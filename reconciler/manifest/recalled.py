"""Trees that an earlier run composed: a large manifest that did not change is not parsed again.

YAML with a place for each key is a quarter of what a plan of 10,000 resources costs. What is kept
is the values alone; where a key stands is read from the text again, and only if somebody asks.
"""

import hashlib
from functools import cached_property
from pathlib import Path as FilePath
from typing import Any

from msgspec import Struct

from reconciler.errors import Mark
from reconciler.kept import keep, recall
from reconciler.manifest.finding import Path
from reconciler.manifest.tree import Composed, Tree, Value

RULES = 1
"""Raised whenever the same text would be read as other values than before."""

LARGE = 100_000
"""Characters of a text that is worth it."""

_ANCHOR = "&"
"""Without it there is no alias, so no value stands in two places."""


class Recalled(Struct, frozen=True, dict=True):
    """A tree as it was kept; the places of its keys are those of its text."""

    file: str
    root: dict[str, Value]
    nodes: int
    text: str

    def mark(self, path: Path) -> Mark:
        """As `Tree.mark`."""
        return self._composed.mark(path)

    def path_at(self, place: int) -> Path:
        """As `Tree.path_at`."""
        return self._composed.path_at(place)

    @cached_property
    def _composed(self) -> Composed:
        from reconciler.manifest.compose import compose  # noqa: PLC0415  # seldom asked for

        return compose(self.text, self.file, [])


class KeptTrees:
    """The trees of one manifest's large files, by the digest of their text."""

    def __init__(self, file: FilePath | None) -> None:
        """`file` is where they are kept; None: nowhere."""
        self._file = file
        self._before = _entries(file) if file else {}
        self._used: dict[str, list[Any]] = {}

    def get(self, text: str, file: str) -> Tree | None:
        """The tree of this very text, if it is kept."""
        name = _name(text) if self._before and len(text) >= LARGE else ""
        if not (entry := self._before.get(name)):
            return None
        self._used[name] = entry
        nodes, root = entry
        return Recalled(file, root, nodes, text)

    def put(self, text: str, tree: Tree) -> None:
        """Remember a tree that has no problem."""
        if self._file and len(text) >= LARGE and _ANCHOR not in text:
            self._used[_name(text)] = [tree.nodes, tree.root]

    def save(self) -> None:
        """Keep what this run used, if that is something else than before."""
        if self._file and self._used.keys() != self._before.keys():
            keep(self._file, RULES, self._used)


def _entries(file: FilePath) -> dict[str, list[Any]]:
    entries = recall(file, RULES)
    return entries if isinstance(entries, dict) else {}


def _name(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
