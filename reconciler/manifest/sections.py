"""The sections of resources: names and entries checked, one call a section."""

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import islice
from types import MappingProxyType
from typing import Any

from pydantic import TypeAdapter, ValidationError

from reconciler.kinds.spec.model import reader_of
from reconciler.kinds.spec.spec import Spec
from reconciler.manifest.finding import MAX_PROBLEMS, Finding, Path
from reconciler.manifest.matrix import MATRIX, targets_of
from reconciler.manifest.mistakes import Place, mistakes
from reconciler.manifest.names import NAME_RULE, is_name, name_cure
from reconciler.manifest.schema import known_keys
from reconciler.manifest.tree import BROKEN, Value
from reconciler.manifest.wanted import wrong_type
from reconciler.manifest.words import quoted

Root = Mapping[str, Value]

_BATCH = 1_000


def read_section(
    section: str,
    spec: type[Spec],
    entries: Mapping[str, Any],
    place: Place,
    findings: list[Finding],
) -> Mapping[str, Spec]:
    """The models of a section's entries, by name; what is wrong is added to `findings`.

    Args:
        place: the path in the manifest's files of a path in the manifest, put together.
    """

    def written(path: Path) -> Path:
        return place((section, *path))

    def keys(path: Path) -> tuple[str, ...]:
        more = (MATRIX,) if len(path) == 1 and targets_of(spec) else ()
        return (*known_keys((spec,), path[1:]), *more)

    adapter = _adapter(spec)
    valid: dict[str, Spec] = {}
    wrong: dict[Finding, None] = {}  # a set in order: a wrong default is wrong in every entry
    for batch in _batches(entries):
        try:
            valid |= adapter.validate_python(batch)
        except ValidationError as error:
            wrong |= dict.fromkeys(mistakes(error, batch, keys, written))
        if len(wrong) >= MAX_PROBLEMS:
            break
    findings.extend(wrong)
    return MappingProxyType(valid)


@cache  # built in 15 ms: a process that reads several manifests does it once
def _adapter(spec: type[Spec]) -> TypeAdapter[dict[str, Spec]]:
    return TypeAdapter(dict[str, reader_of(spec)])  # type: ignore[misc,arg-type]  # known at run time


def check_names(root: Root, section: str, place: Place) -> Iterator[Finding]:
    """What is wrong with a section as a mapping of names."""
    declared = root.get(section)
    if isinstance(declared, dict):
        for name in declared:
            if not is_name(name):
                what = f"{quoted(name)} cannot be a name in {section}"
                yield Finding(place((section, name)), "bad-name", what, NAME_RULE, name_cure(name))
    elif declared is not None and declared is not BROKEN:
        yield wrong_type(place((section,)), ["a mapping of names"], declared)


def _batches(entries: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Many entries a call for speed, not all: pydantic keeps every error of a call in memory."""
    items = iter(entries.items())
    while batch := dict(islice(items, _BATCH)):
        yield batch
