"""A manifest file → a `Manifest`, or every problem it has, in one run."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from pydantic import BaseModel

from reconciler.core.address import Address
from reconciler.errors import InvalidInput, Mark, Problem
from reconciler.manifest.checked import Checked, Specs, checked
from reconciler.manifest.envelope import VERSION
from reconciler.manifest.environments import Root, choose, merged, names
from reconciler.manifest.finding import MAX_PROBLEMS, Finding
from reconciler.manifest.layers import Layers
from reconciler.manifest.model import Manifest
from reconciler.manifest.reading import Reading
from reconciler.manifest.recalled import KeptTrees
from reconciler.manifest.sheets import Sheets

_NOTHING: Mapping[str, str] = MappingProxyType({})
_NO_DRAFTS: Mapping[Path, Path] = MappingProxyType({})


def load(
    path: Path,
    specs: Specs,
    *,
    env: str | None = None,
    environ: Mapping[str, str] = _NOTHING,
    kept: Path | None = None,
    drafts: Mapping[Path, Path] = _NO_DRAFTS,
) -> Manifest:
    """Read the manifest at `path` with all that it includes.

    Args:
        specs: the strict model of one entry for each section.
        env: the environment, instead of `default_env`.
        environ: what `vars` may read of: its `RECONCILER_VAR_…`.
        kept: where the trees of large files are kept between runs; None: nowhere.
        drafts: file of the manifest → what is read in its place.

    Raises:
        InvalidInput: with every problem that one reading can find, in the order of the files.
    """
    reading = Reading([], KeptTrees(kept), drafts)
    try:
        layers = _layers(_read_files(path, specs, reading), env, reading.problems)
        return _manifest(path, _checked(layers, specs, environ, reading.problems))
    except InvalidInput as error:
        raise InvalidInput(_in_order(error.problems, str(path))) from None


def _read_files(path: Path, specs: Specs, reading: Reading) -> Sheets:
    top = reading.tree(path)
    if newer := [finding.at(top.mark) for finding in _newer(top.root)]:
        raise InvalidInput([*reading.problems, *newer])  # every other finding would be noise
    sheets = reading.sheets(path, top, specs)
    if reading.kept:
        reading.kept.save()
    return sheets


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


def _manifest(path: Path, found: Checked) -> Manifest:
    envelope, sheets = found.envelope, found.layers.sheets
    return Manifest(
        path=path,
        files=sheets.files,
        project=envelope.project,
        environment=found.layers.overlay.name,
        environments=names(sheets.root),
        version=envelope.version,
        provider=envelope.provider,
        state=envelope.state,
        quality=envelope.quality,
        budget=envelope.budget,
        prices=envelope.prices,
        min_lifetime_days=envelope.min_lifetime_days,
        outputs=envelope.outputs,
        previous_projects=envelope.previous_projects,
        entries=found.entries,
        resources=tuple(_addressed(found.entries)),
        moved=envelope.moved,
        removed=envelope.removed,
        imports=envelope.imports,
        _layers=found.layers,
    )


def _addressed(
    entries: Mapping[str, Mapping[str, BaseModel]],
) -> Iterator[tuple[Address, BaseModel]]:
    for section, named in entries.items():
        for name, spec in named.items():
            yield Address(section, name), spec
