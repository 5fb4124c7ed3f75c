"""Specs as flat fields, so that a difference can be named: `method.type`, `suffix`."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from reconciler.core.fingerprint import canonical


class FieldChange(NamedTuple):
    """One field that differs; None where a side does not set it."""

    field: str
    before: Any
    after: Any


READ = ("training_file", "validation_file")
"""Fields of a run that name what it reads, in the order in which markers tell of them."""

UNSET_MEANS: Mapping[str, object] = {"method.type": "supervised"}
"""Field → what it is where it is not set: to write it out is no difference."""


def flatten(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted field → canonical leaf value; lists are leaves, unset members are left out."""
    return dict(_leaves("", canonical(dict(spec))))


def _leaves(prefix: str, value: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401  # any JSON
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _leaves(f"{prefix}.{key}" if prefix else str(key), member)
    else:
        yield prefix, value


def telling(changes: tuple[FieldChange, ...]) -> tuple[FieldChange, ...]:
    """The changes without a default that is only written out, or taken away again."""
    return tuple(item for item in changes if not _is_default(item))


def _is_default(item: FieldChange) -> bool:
    default = UNSET_MEANS.get(item.field)
    return default is not None and (item.before or default) == (item.after or default)


def field_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    """Every field whose value differs between two specs, sorted by field."""
    old, new = flatten(before), flatten(after)
    return tuple(
        FieldChange(field, old.get(field), new.get(field))
        for field in sorted(old.keys() | new.keys())
        if old.get(field) != new.get(field)
    )
