"""`defaults`: values that every entry of a section has unless it says otherwise; one level deep."""

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.kinds.spec.spec import Specs
from reconciler.manifest.finding import Finding, Path
from reconciler.manifest.schema import known_keys
from reconciler.manifest.tree import Value
from reconciler.manifest.unknown import unknown_key
from reconciler.manifest.wanted import wrong_type

DEFAULTS = "defaults"


def defaults_of(root: Mapping[str, Value], section: str) -> Mapping[str, Value]:
    """The defaults of one section, {} where there are none or they are no mapping."""
    sections = root.get(DEFAULTS)
    values = sections.get(section) if isinstance(sections, dict) else None
    return values if isinstance(values, dict) else {}


def merged(entries: Mapping[str, Value], defaults: Mapping[str, Value]) -> dict[str, Any]:
    """Each entry with the defaults below it; an entry that says nothing is all defaults."""
    return {
        name: {**defaults, **(entry or {})} if entry is None or isinstance(entry, dict) else entry
        for name, entry in entries.items()
    }


def written_at(root: Mapping[str, Value], path: Path) -> Path:
    """Where the value at `path` is written: in its entry, or in the defaults of its section."""
    match path:
        case (str(section), str(name), str(key), *deeper):
            entries = root.get(section)
            entry = entries.get(name) if isinstance(entries, dict) else None
            own = isinstance(entry, dict) and key in entry
            if not own and key in defaults_of(root, section):
                return (DEFAULTS, section, key, *deeper)
        case _:
            pass
    return path


def check_defaults(root: Mapping[str, Value], specs: Specs) -> Iterator[Finding]:
    """What is wrong with the shape of `defaults`; its values are checked where they are used."""
    sections = root.get(DEFAULTS)
    if isinstance(sections, dict):
        for section, values in sections.items():
            yield from _check_section((DEFAULTS, section), values, specs)
    elif sections is not None:
        yield wrong_type((DEFAULTS,), ["a mapping"], sections)


def _check_section(path: Path, values: Value, specs: Specs) -> Iterator[Finding]:
    section = str(path[-1])
    if section not in specs:
        yield unknown_key(path, specs)
    elif isinstance(values, dict):
        known = known_keys((specs[section],), ())
        yield from (unknown_key((*path, key), known) for key in values if key not in known)
    elif values is not None:
        yield wrong_type(path, ["a mapping"], values)
