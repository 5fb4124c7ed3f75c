"""The files of one manifest: the top file, and what the included ones declare, as one tree."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path as FilePath

from msgspec import Struct

from reconciler.errors import Mark, Problem
from reconciler.manifest.finding import MAX_PROBLEMS, Finding, Path
from reconciler.manifest.tree import Broken, Tree, Value
from reconciler.manifest.unknown import unknown_key
from reconciler.manifest.wanted import wrong_type
from reconciler.manifest.words import dotted, quoted

LISTS = ("moved", "removed", "import")
"""What an included file may hold beside the sections of resources: their lists are joined."""


class Sheets(Struct, frozen=True):
    """All files of a manifest, read.

    Attributes:
        files: the top file, then the included ones.
        root: what the top file says, with the entries and list items of the others joined on.
        nodes: how many keys and values were read.
        may_refer: whether `${` stands somewhere in the files.
    """

    files: tuple[FilePath, ...]
    root: Mapping[str, Value]
    nodes: int
    may_refer: bool
    _top: Tree
    _homes: Mapping[Path, tuple[Tree, Path]]
    """Entry or list item of an included file → the file, and its path there."""

    def mark(self, path: Path) -> Mark:
        """Where a key of `root` is written, or the nearest one above it."""
        tree, home = self._homes.get(path[:2], (self._top, path[:2]))
        return tree.mark((*home, *path[2:]))


def joined(
    files: tuple[FilePath, ...],
    trees: Sequence[Tree],
    sections: Collection[str],
    problems: list[Problem],
    *,
    may_refer: bool,
) -> Sheets:
    """The trees of `files`, the top file first, as one; contradictions are added to `problems`."""
    top, *others = trees
    nodes = sum(tree.nodes for tree in trees)
    if not others:
        return Sheets(files, top.root, nodes, may_refer, top, {})
    join = _Join(top, sections)
    for tree in others:
        problems += islice(join.add(tree), MAX_PROBLEMS)
    return Sheets(files, join.root, nodes, may_refer, top, join.homes)


class _Join:
    """The top file's tree with those of the included files joined on, one after the other."""

    def __init__(self, top: Tree, sections: Collection[str]) -> None:
        self._top = top
        self._sections = sections
        self.root = dict(top.root)
        self.homes: dict[Path, tuple[Tree, Path]] = {}
        for key in (*sections, *LISTS):  # copied once, as others are joined on in place
            match self.root.get(key):
                case dict() as names if key in sections:
                    self.root[key] = dict(names)
                case list() as items if key in LISTS:
                    self.root[key] = list(items)

    def add(self, tree: Tree) -> Iterator[Problem]:
        """Join on what one file declares; what it may not say, and what was said before."""
        for key, value in tree.root.items():
            match value:
                case dict() if key in self._sections:
                    yield from self._add_entries(tree, key, value)
                case list() if key in LISTS:
                    self._add_items(tree, key, value)
                case None if key in self._sections or key in LISTS:
                    pass
                case Broken():
                    pass
                case _:
                    yield self._misplaced(key, value).at(tree.mark)

    def _add_entries(
        self, tree: Tree, section: str, entries: Mapping[str, Value]
    ) -> Iterator[Problem]:
        joined = self.root.get(section)
        if joined is None:
            joined = self.root[section] = {}
        if not isinstance(joined, dict):
            return  # what the top file has in its place is reported
        for name, entry in entries.items():
            home = section, name
            if name in joined:
                yield self._twice(tree, home)
            else:
                joined[name] = entry
                self.homes[home] = tree, home

    def _add_items(self, tree: Tree, key: str, items: Sequence[Value]) -> None:
        joined = self.root.get(key)
        if joined is None:
            joined = self.root[key] = []
        if isinstance(joined, list):
            for i, item in enumerate(items):
                self.homes[key, len(joined)] = tree, (key, i)
                joined.append(item)

    def _twice(self, tree: Tree, home: Path) -> Problem:
        first, path = self.homes.get(home, (self._top, home))
        what = f"{quoted(dotted(home))} is declared twice"
        why = f"it stands at {first.mark(path)} already"
        return Problem(what, "stated-twice", tree.mark(home), why=why, cure="rename one of the two")

    def _misplaced(self, key: str, value: Value) -> Finding:
        if key in self._sections:
            return wrong_type((key,), ["a mapping of names"], value)
        if key in LISTS:
            return wrong_type((key,), ["a list"], value)
        known = (*self._sections, *LISTS)
        return unknown_key((key,), known, why="an included file declares resources, nothing else")
