"""A manifest that was read and found right."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel

from reconciler.errors import Mark
from reconciler.manifest.defaults import written_at
from reconciler.manifest.envelope import Import, Moved, Provider, Removed, StateSpec
from reconciler.manifest.tree import Tree


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a manifest declares, with defaults merged in and every key's place at hand.

    Attributes:
        path: the file as it was given.
        entries: section → name → its model, in the manifest's order; a section that is not in the
            manifest is there and empty.
    """

    path: Path
    project: str
    version: int
    provider: Provider
    state: StateSpec
    previous_projects: tuple[str, ...]
    entries: Mapping[str, Mapping[str, BaseModel]]
    moved: tuple[Moved, ...]
    removed: tuple[Removed, ...]
    imports: tuple[Import, ...]
    _tree: Tree = field(repr=False, compare=False)

    def mark(self, *path: str | int) -> Mark:
        """Where a key is written: `mark("jobs", "bot", "seed")`, `mark("moved", 0, "from")`.

        A value that an entry has from `defaults` is there; a key that is not written stands for
        the nearest one above it.
        """
        return self._tree.mark(written_at(self._tree.root, path))
