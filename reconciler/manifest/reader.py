"""A manifest file that is read and checked: what it declares, or every problem, in one run."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from reconciler.errors import InvalidInput, Mark, Problem
from reconciler.kinds.spec.spec import Specs
from reconciler.manifest.checked import Checked, checked
from reconciler.manifest.envelope import VERSION
from reconciler.manifest.environments import Root, choose, merged, models_elsewhere, names
from reconciler.manifest.finding import MAX_PROBLEMS, Finding
from reconciler.manifest.layers import Layers
from reconciler.manifest.model import Edition, Manifest, manifest_of
from reconciler.manifest.reading import Reading
from reconciler.manifest.sheets import Sheets

_PLACED = ("provider", "state", "budget", "outputs", "min_lifetime_days")
"""Keys at the top whose places are kept."""


class Read(NamedTuple):
    """A manifest, what it was made of, and each of its files → its digest, its own first."""

    manifest: Manifest
    found: Checked
    digests: Mapping[str, str]


def read(edition: Edition) -> Read:
    """Read a manifest with all that it includes; raises as `load` does."""
    reading = Reading([], edition.drafts)
    path, specs = edition.path, edition.specs
    try:
        layers = _layers(_read_files(path, specs, reading), edition.env, reading.problems)
        found = _checked(layers, specs, edition.environ, reading.problems)
    except InvalidInput as error:
        raise InvalidInput(_in_order(error.problems, str(path))) from None
    return Read(_manifest(edition, found), found, reading.digests)


def _read_files(path: Path, specs: Specs, reading: Reading) -> Sheets:
    top = reading.tree(path)
    if newer := [finding.at(top.mark) for finding in _newer(top.root)]:
        raise InvalidInput([*reading.problems, *newer])  # every other finding would be noise
    return reading.sheets(path, top, specs)


def _newer(root: Root) -> Iterator[Finding]:
    version = root.get("version")
    if isinstance(version, int) and version > VERSION:
        what = f"version {version} is newer than this program"
        why, cure = f"it reads version {VERSION}", f"install a release that reads {version}"
        yield Finding(("version",), "newer-version", what, why, cure)


def _layers(sheets: Sheets, env: str | None, problems: list[Problem]) -> Layers:
    """The files with the environment over them; raises InvalidInput where none can be chosen."""
    findings: list[Finding] = []
    overlay = choose(sheets.root, env, findings)
    if overlay is None:
        raise InvalidInput([*problems, *(finding.at(sheets.mark) for finding in findings)])
    root = merged(sheets.root, overlay.values) if overlay.name else sheets.root
    return Layers(sheets, overlay, root)


def _checked(
    layers: Layers, specs: Specs, environ: Mapping[str, str], problems: list[Problem]
) -> Checked:
    findings: list[Finding] = []
    found = checked(layers, specs, environ, findings)
    problems += [finding.at(found.layers.mark) for finding in findings]
    if problems:
        raise InvalidInput(problems)
    return found


def _in_order(problems: Sequence[Problem], top: str) -> list[Problem]:
    """The first of them, the top file's before those of the included ones."""

    def place(problem: Problem) -> tuple[bool, Mark]:
        mark = problem.mark or Mark("", 0, 0)
        return mark.file not in ("", top), mark

    return sorted(problems, key=place)[:MAX_PROBLEMS]


def _manifest(edition: Edition, found: Checked) -> Manifest:
    sheets, chosen = found.layers.sheets, found.layers.overlay.name
    return manifest_of(
        edition,
        found.envelope,
        found.entries,
        files=sheets.files,
        environment=chosen,
        environments=names(sheets.root),
        models_elsewhere=models_elsewhere(sheets.root, chosen),
        places=dict(_places(found.layers)),
        found=found,
    )


def _places(layers: Layers) -> Iterator[tuple[str, Mark]]:
    """Where limits are written, and what else a plan names that has nothing to do."""
    for key in _PLACED:
        value = layers.root.get(key)
        if value is not None:
            yield key, layers.mark((key,))
        for below in value if isinstance(value, dict) else ():
            yield f"{key}.{below}", layers.mark((key, below))
