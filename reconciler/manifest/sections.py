"""The sections of resources: names and entries checked, defaults merged in, one call a section."""

from collections.abc import Iterator, Mapping
from itertools import islice
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from reconciler.manifest.defaults import defaults_of, merged, written_at
from reconciler.manifest.finding import MAX_PROBLEMS, Finding, Path
from reconciler.manifest.mistakes import mistakes
from reconciler.manifest.names import NAME_RULE, is_name, name_cure
from reconciler.manifest.schema import Model, known_keys
from reconciler.manifest.tree import Value
from reconciler.manifest.wanted import wrong_type
from reconciler.manifest.words import quoted

Root = Mapping[str, Value]

_BATCH = 1_000


def read_section(
    root: Root, section: str, spec: Model, findings: list[Finding]
) -> Mapping[str, BaseModel]:
    """The entries of one section by name; what is wrong is added to `findings`."""
    declared = root.get(section)
    if not isinstance(declared, dict):
        if declared is not None:
            findings.append(wrong_type((section,), ["a mapping of names"], declared))
        return MappingProxyType({})
    findings.extend(islice(_bad_names(section, declared), MAX_PROBLEMS))
    return MappingProxyType(_validated(root, section, spec, declared, findings))


def _validated(
    root: Root, section: str, spec: Model, declared: Root, findings: list[Finding]
) -> dict[str, BaseModel]:
    known = known_keys((spec,), ())
    common = {key: value for key, value in defaults_of(root, section).items() if key in known}
    entries = merged(declared, common)

    def place(path: Path) -> Path:
        return written_at(root, (section, *path))

    def keys(path: Path) -> tuple[str, ...]:
        return known_keys((spec,), path[1:])

    adapter = TypeAdapter(dict[str, spec])  # type: ignore[valid-type] # known at run time
    valid: dict[str, BaseModel] = {}
    wrong: dict[Finding, None] = {}  # a set in order: a wrong default is wrong in every entry
    for batch in _batches(entries):
        try:
            valid |= adapter.validate_python(batch)
        except ValidationError as error:
            wrong |= dict.fromkeys(mistakes(error, batch, keys, place))
        if len(wrong) >= MAX_PROBLEMS:
            break
    findings.extend(wrong)
    return valid


def _batches(entries: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Many entries a call for speed, not all: pydantic keeps every error of a call in memory."""
    items = iter(entries.items())
    while batch := dict(islice(items, _BATCH)):
        yield batch


def _bad_names(section: str, declared: Root) -> Iterator[Finding]:
    for name in declared:
        if not is_name(name):
            what = f"{quoted(name)} cannot be a name in {section}"
            yield Finding((section, name), "bad-name", what, NAME_RULE, name_cure(name))
