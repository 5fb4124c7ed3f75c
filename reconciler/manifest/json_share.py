"""What stands in several places of a JSON Schema, once: a definition that the places refer to."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.manifest.json_tidy import Schema, ref

SHORTEST = 80
"""Characters from which on a repeated schema becomes a definition: a reference takes about 40."""

_NAMED = ("properties", "patternProperties")
_APART = (*_NAMED, "examples")


def shared(owners: Mapping[str, Schema]) -> dict[str, Schema]:
    """The same schemas by name, and a definition for each longer property that several have.

    It is called `OWNER.KEY`, after the first that has it.
    """
    first: dict[str, str] = {}
    parents: dict[str, set[str]] = defaultdict(set)
    for owner, schema in owners.items():
        for parent, key, value in _properties(schema):
            text = _text(value)
            first.setdefault(text, f"{owner}.{key}")
            parents[text].add(_text(parent))  # what stands twice in equal parents is shared there
    names = {
        text: name
        for text, name in first.items()
        if len(parents[text]) > 1 and len(text) >= SHORTEST
    }
    found = {name: _below(json.loads(text), names) for text, name in names.items()}
    return {owner: _below(schema, names) for owner, schema in owners.items()} | found


def _properties(schema: object) -> Iterator[tuple[Schema, str, Schema]]:
    """Every property at any depth, with the object that has it."""
    inner: list[object] = schema if isinstance(schema, list) else []
    if isinstance(schema, dict):
        for keyword in _NAMED:
            for key, value in schema.get(keyword, {}).items():
                yield schema, key, value
                yield from _properties(value)
        inner = [value for key, value in schema.items() if key not in _APART]
    for one in inner:
        yield from _properties(one)


def _below(schema: Any, names: Mapping[str, str]) -> Any:  # noqa: ANN401  # or what is in one
    """A schema whose properties refer to their definitions."""
    if isinstance(schema, list):
        return [_below(one, names) for one in schema]
    if not isinstance(schema, dict):
        return schema
    small = {key: _below(value, names) for key, value in schema.items() if key not in _APART}
    for key in _NAMED:
        if key in schema:
            small[key] = {name: _referring(one, names) for name, one in schema[key].items()}
    return {key: small.get(key, value) for key, value in schema.items()}


def _referring(schema: Schema, names: Mapping[str, str]) -> Schema:
    name = names.get(_text(schema))
    return ref(name) if name else _below(schema, names)


def _text(schema: object) -> str:
    return json.dumps(schema)
