"""Specs as flat fields, so that a difference can be named: `method.type`, `suffix`."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from reconciler.core.fingerprint import canonical


class FieldChange(NamedTuple):
    """One field that differs; None where a side does not set it."""

    field: str
    before: Any
    after: Any


def flatten(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted field → canonical leaf value; lists are leaves, unset members are left out."""
    return dict(_leaves("", canonical(dict(spec))))


def _leaves(prefix: str, value: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401  # any JSON
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _leaves(f"{prefix}.{key}" if prefix else str(key), member)
    else:
        yield prefix, value


def field_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    """Every field whose value differs between two specs, sorted by field."""
    old, new = flatten(before), flatten(after)
    return tuple(
        FieldChange(field, old.get(field), new.get(field))
        for field in sorted(old.keys() | new.keys())
        if old.get(field) != new.get(field)
    )
