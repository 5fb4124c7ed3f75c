"""A manifest that was read and found right."""

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from reconciler.core.address import Address
from reconciler.errors import Mark
from reconciler.kinds.spec.spec import Spec, Specs
from reconciler.manifest.envelope import (
    BudgetSpec,
    Envelope,
    Import,
    Moved,
    OutputsSpec,
    Provider,
    Removed,
    StateSpec,
)
from reconciler.manifest.quality import Quality

if TYPE_CHECKING:
    from reconciler.manifest.checked import Checked


class Edition(Struct, frozen=True):
    """Which manifest is meant.

    Attributes:
        path: its file.
        specs: of each section of resources.
        env: the environment, instead of `default_env`.
        environ: what `vars` may read of: its `RECONCILER_VAR_…`.
        drafts: file of the manifest → what is read in its place.
    """

    path: Path
    specs: Specs
    env: str | None
    environ: Mapping[str, str]
    drafts: Mapping[Path, Path]


class Manifest(Struct, frozen=True, dict=True):
    """What a manifest declares, with defaults merged in and every key's place at hand.

    Attributes:
        edition: which one it is.
        files: every file that it has, its own first.
        environment: the chosen one, "" where there are none.
        environments: the names of all of them.
        entries: section → name → its model, in the manifest's order; a section that is not in the
            manifest is there and empty.
        resources: the same in one row, each by its address.
        models_elsewhere: the models that other environments name.
        places: key at the top, or `KEY.KEY` right below it → where it is written, of what plans
            name again and again: nothing is read for it.
    """

    edition: Edition
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
    entries: Mapping[str, Mapping[str, Spec]]
    resources: tuple[tuple[Address, Spec], ...]
    moved: tuple[Moved, ...]
    removed: tuple[Removed, ...]
    imports: tuple[Import, ...]
    models_elsewhere: frozenset[str]
    places: Mapping[str, Mark]
    _found: "Checked | None"
    """What it was made of; None: it was kept, and is read again for that."""

    @property
    def path(self) -> Path:
        """Its file, as it was given."""
        return self.edition.path

    def mark(self, *path: str | int) -> Mark:
        """Where a key is written: `mark("jobs", "bot", "seed")`, `mark("moved", 0, "from")`.

        A value that an entry has from `defaults`, a matrix, an environment or an included file is
        there; a key that is not written stands for the nearest one above it.
        """
        known = self.places.get(".".join(map(str, path)))
        return known or self._checked.layers.mark(path)

    def defaults(self, section: str) -> Collection[str]:
        """The keys that every entry of a section has, unless it says them itself."""
        from reconciler.manifest.defaults import defaults_of  # noqa: PLC0415  # seldom asked for

        return defaults_of(self._checked.layers.root, section)

    def origin(self, *path: str | int) -> str:
        """Where a value comes from: `manifest`, `defaults`, `matrix`, `environments.NAME`.

        It is `vars` where the string has variables in it, wherever it is written.
        """
        return self._checked.layers.origin(path)

    def said(self, section: str, name: str) -> Mapping[str, Any]:
        """What an entry says, with what it has from elsewhere, as it is written."""
        said: Mapping[str, Any] = self._checked.said[section][name]
        return said

    @cached_property
    def _checked(self) -> "Checked":
        from reconciler.manifest.reader import read  # noqa: PLC0415  # seldom asked for

        return self._found or read(self.edition).found


def manifest_of(
    edition: Edition,
    envelope: Envelope,
    entries: Mapping[str, Mapping[str, Spec]],
    *,
    files: tuple[Path, ...],
    environment: str,
    environments: tuple[str, ...],
    models_elsewhere: frozenset[str],
    places: Mapping[str, Mark],
    found: "Checked | None" = None,
) -> Manifest:
    """The manifest that declares these."""
    return Manifest(
        edition=edition,
        files=files,
        project=envelope.project,
        environment=environment,
        environments=environments,
        version=envelope.version,
        provider=envelope.provider,
        state=envelope.state,
        quality=envelope.quality,
        budget=envelope.budget,
        prices=envelope.prices,
        min_lifetime_days=envelope.min_lifetime_days,
        outputs=envelope.outputs,
        previous_projects=envelope.previous_projects,
        entries=entries,
        resources=tuple(_addressed(entries)),
        moved=envelope.moved,
        removed=envelope.removed,
        imports=envelope.imports,
        models_elsewhere=models_elsewhere,
        places=places,
        _found=found,
    )


def _addressed(entries: Mapping[str, Mapping[str, Spec]]) -> Iterator[tuple[Address, Spec]]:
    for section, named in entries.items():
        for name, spec in named.items():
            yield Address(section, name), spec
