"""`reconciler show --effective`: the manifest as it is read, and where each value comes from.

Defaults, matrix, variables, included files and the environment are merged; no network, no data.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from reconciler.cli.settings import Settings
from reconciler.cli.verbs.table import show_table
from reconciler.cli.verbs.workspace import read_manifest
from reconciler.core.fields import flatten
from reconciler.errors import UsageError
from reconciler.kinds.spec.spec import Spec
from reconciler.manifest import Manifest
from reconciler.manifest.words import nearest
from reconciler.text import visible


class Source(NamedTuple):
    """A field of a resource: its value, the layer that it comes from, and its place there."""

    field: str
    value: Any
    origin: str
    at: str


def show_effective(settings: Settings, /, address: str | None) -> int:
    """Print every value that is set, of one resource or of all."""
    manifest = read_manifest(settings)
    known = [str(found) for found, _ in manifest.resources]
    chosen = known if address is None else [_chosen(known, address)]
    sources = {name: [*_sources(manifest, name)] for name in chosen}
    if settings.out.is_json:
        settings.out.document(_document(manifest, sources))
        return 0
    settings.out.keep(_heading(manifest), "")
    for name, found in sources.items():
        settings.out.keep(visible(name))
        rows = [(one.field, str(one.value), one.origin, one.at) for one in found]
        show_table(settings.out, ("FIELD", "VALUE", "FROM", "AT"), rows)
    return 0


def _chosen(known: Collection[str], address: str) -> str:
    if address in known:
        return address
    guess = nearest(address, known)
    raise UsageError(
        f"no resource {visible(address)}",
        why="the manifest does not declare it",
        cure=f"did you mean {guess}?" if guess else "reconciler show --effective lists all",
    )


def _sources(manifest: Manifest, name: str) -> Iterator[Source]:
    kind, _, entry = name.partition(".")
    said = _in_order(manifest.entries[kind][entry], manifest.said(kind, entry))
    for field, value in flatten(said).items():
        path = (kind, entry, *field.split("."))
        yield Source(field, value, manifest.origin(*path), str(manifest.mark(*path)))


def _in_order(spec: Spec, said: Mapping[str, Any]) -> dict[str, Any]:
    """The keys as all entries of a kind have them, whoever wrote them; a name for a list is one."""
    read = {name: getattr(spec, name) for name in spec.__struct_fields__ if name in said}
    return {
        name: [*value] if isinstance(value, tuple) and isinstance(said[name], str) else said[name]
        for name, value in read.items()
    }


def _heading(manifest: Manifest) -> str:
    parts = [manifest.project, manifest.provider.kind, *map(str, manifest.files)]
    if manifest.environment:
        parts.insert(1, f"environment {manifest.environment}")
    return " · ".join(visible(part) for part in parts)


def _document(manifest: Manifest, sources: dict[str, list[Source]]) -> dict[str, Any]:
    return {
        "version": 1,
        "project": manifest.project,
        "environment": manifest.environment or None,
        "files": [str(path) for path in manifest.files],
        "resources": {
            name: {s.field: {"value": s.value, "from": s.origin, "at": s.at} for s in found}
            for name, found in sources.items()
        },
    }
