"""A manifest that was read and found right."""

from collections.abc import Collection, Mapping
from pathlib import Path

from msgspec import Struct
from pydantic import BaseModel

from reconciler.core.address import Address
from reconciler.errors import Mark
from reconciler.manifest.defaults import defaults_of
from reconciler.manifest.envelope import (
    BudgetSpec,
    Import,
    Moved,
    OutputsSpec,
    Provider,
    Removed,
    StateSpec,
)
from reconciler.manifest.environments import models_elsewhere
from reconciler.manifest.layers import Layers
from reconciler.manifest.quality import Quality


class Manifest(Struct, frozen=True):
    """What a manifest declares, with defaults merged in and every key's place at hand.

    Attributes:
        path: the file as it was given.
        files: every file that was read, `path` first.
        environment: the chosen one, "" where there are none.
        environments: the names of all of them.
        entries: section → name → its model, in the manifest's order; a section that is not in the
            manifest is there and empty.
        resources: the same in one row, each by its address.
    """

    path: Path
    files: tuple[Path, ...]
    project: str
    environment: str
    environments: tuple[str, ...]
    version: int
    provider: Provider
    state: StateSpec
    quality: Quality
    budget: BudgetSpec
    prices: Mapping[str, float]
    min_lifetime_days: int | None
    outputs: OutputsSpec | None
    previous_projects: tuple[str, ...]
    entries: Mapping[str, Mapping[str, BaseModel]]
    resources: tuple[tuple[Address, BaseModel], ...]
    moved: tuple[Moved, ...]
    removed: tuple[Removed, ...]
    imports: tuple[Import, ...]
    _layers: Layers

    @property
    def models_elsewhere(self) -> frozenset[str]:
        """The models that other environments name."""
        return models_elsewhere(self._layers.sheets.root, self.environment)

    def mark(self, *path: str | int) -> Mark:
        """Where a key is written: `mark("jobs", "bot", "seed")`, `mark("moved", 0, "from")`.

        A value that an entry has from `defaults`, a matrix, an environment or an included file is
        there; a key that is not written stands for the nearest one above it.
        """
        return self._layers.mark(path)

    def defaults(self, section: str) -> Collection[str]:
        """The keys that every entry of a section has, unless it says them itself."""
        return defaults_of(self._layers.root, section)

    def origin(self, *path: str | int) -> str:
        """Where a value comes from: `manifest`, `defaults`, `matrix`, `environments.NAME`.

        It is `vars` where the string has variables in it, wherever it is written.
        """
        return self._layers.origin(path)
