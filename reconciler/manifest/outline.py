"""What a manifest declares, by name alone: what a shell offers while a word is typed.

It is read as `load` reads it, files and environment, but by no model: nothing is checked, and what
cannot be meant is left out. What is offered goes into a command line, so it is letters, digits and
a few signs.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from reconciler.manifest.environments import choose, merged, names
from reconciler.manifest.names import is_name
from reconciler.manifest.reading import Reading
from reconciler.manifest.source import MAX_BYTES
from reconciler.manifest.tree import MAX_NODES, Value

MOST_BYTES: Final = 2 << 20
MOST_NODES: Final = 150_000
"""Of a manifest whose words are offered: nobody waits longer than a second for a word."""

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}")
"""What may be offered: the id of a model, or a value of a matrix."""


class Outline(NamedTuple):
    """What a manifest declares.

    Attributes:
        addresses: by section, in the order of the manifest; of a matrix its members.
        environments: their names.
        models: ids of base models that jobs, or their defaults, name.
    """

    addresses: tuple[str, ...]
    environments: tuple[str, ...]
    models: tuple[str, ...]


def outline(path: Path, sections: Collection[str], env: str | None = None) -> Outline:
    """Read the manifest at `path` with all that it includes.

    Args:
        env: the environment, instead of `default_env`; without one the entries that all share.

    Raises:
        InvalidInput: it cannot be read, or is larger than anybody would wait for.
    """
    reading = Reading([], _nodes=MAX_NODES - MOST_NODES, _bytes=MAX_BYTES - MOST_BYTES)
    sheets = reading.sheets(path, reading.tree(path), sections)
    overlay = choose(sheets.root, env, [])
    root = merged(sheets.root, overlay.values) if overlay else sheets.root
    return Outline(
        tuple(f"{section}.{name}" for section in sections for name in _named(root.get(section))),
        tuple(filter(is_name, names(sheets.root))),
        tuple(dict.fromkeys(_models(root))),
    )


def _named(entries: Value) -> Iterator[str]:
    for name, entry in entries.items() if isinstance(entries, dict) else ():
        if is_name(name):
            matrix = entry.get("matrix") if isinstance(entry, dict) else None
            yield from [name] if matrix is None else _members(name, matrix)


def _members(name: str, matrix: Value) -> Iterator[str]:
    """The members of a matrix that is as it should be; else nothing is there to be named."""
    from reconciler.manifest.matrix import MAX_MEMBERS, names_of  # noqa: PLC0415  # few have one

    said = matrix if isinstance(matrix, dict) else {}
    axes = {key: values for key, values in said.items() if isinstance(values, list)}
    points = (value for values in axes.values() for value in values)
    if axes and len(axes) == len(said) and all(map(is_name, axes)) and all(map(_is_point, points)):
        yield from islice(names_of(name, axes), MAX_MEMBERS)


def _is_point(value: Value) -> bool:
    if isinstance(value, str):
        return _WORD.fullmatch(value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)


def _models(root: Mapping[str, Value]) -> Iterator[str]:
    jobs, defaults = root.get("jobs"), root.get("defaults")
    entries = [*jobs.values()] if isinstance(jobs, dict) else []
    usual = defaults.get("jobs") if isinstance(defaults, dict) else None
    for entry in (*entries, usual):
        model = entry.get("model") if isinstance(entry, dict) else None
        if isinstance(model, str) and not model.startswith("jobs.") and _WORD.fullmatch(model):
            yield model
