"""Whether a schema keeps what an earlier one promised, member by member."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Member:
    """What a schema says of one place in a document.

    Attributes:
        types: of JSON.
        words: the only values, where they are told.
        is_required: whether it is always there.
    """

    types: frozenset[str]
    words: frozenset[str]
    is_required: bool


def members(schema: Schema) -> dict[str, Member]:
    """Every place → what is said of it; the alternatives of a union are told apart by `type`."""
    return dict(_members(schema, schema.get("$defs", {}), "", is_required=True))


def _members(
    schema: Schema, defs: Schema, path: str, *, is_required: bool
) -> Iterator[tuple[str, Member]]:
    branches = [*_branches(schema, defs)]
    types = frozenset(name for one in branches for name in _types(one))
    words = frozenset(repr(word) for one in branches for word in _words(one))
    yield path, Member(types, words, is_required)
    for one in branches:
        here = path + _variant(one, branches)
        for name, inner, needed in _below(one):
            yield from _members(inner, defs, here + name, is_required=needed)


def _branches(schema: Schema, defs: Schema) -> Iterator[Schema]:
    if "$ref" in schema:
        yield from _branches(defs[schema["$ref"].rsplit("/", 1)[1]], defs)
    elif "anyOf" in schema:
        for one in schema["anyOf"]:
            yield from _branches(one, defs)
    else:
        yield schema


def _types(schema: Schema) -> list[str]:
    said = schema.get("type", [])
    return [said] if isinstance(said, str) else list(said)


def _words(schema: Schema) -> list[Any]:
    return [schema["const"]] if "const" in schema else list(schema.get("enum", ()))


def _variant(schema: Schema, branches: list[Schema]) -> str:
    kind = schema.get("properties", {}).get("type", {}).get("const")
    several = sum("properties" in one for one in branches) > 1
    return f"<{kind}>" if several and kind else ""


def _below(schema: Schema) -> Iterator[tuple[str, Schema, bool]]:
    for name, inner in schema.get("properties", {}).items():
        yield f".{name}", inner, name in schema.get("required", ())
    for inner in schema.get("patternProperties", {}).values():
        yield ".*", inner, False
    for key, mark in (("items", "[]"), ("additionalProperties", ".*")):
        if isinstance(schema.get(key), dict):
            yield mark, schema[key], False


def broken(before: Schema, now: Schema, *, may_widen: bool = False) -> list[str]:
    """What a version may not do, for those who rely on it; to add is fine.

    Args:
        may_widen: it is of an input, which may take more than it did.
    """
    old, new = members(before), members(now)
    said = [f"{path} is gone" for path in old.keys() - new.keys()]
    for path in sorted(old.keys() & new.keys()):
        said += [f"{path} {what}" for what in _changes(old[path], new[path], may_widen=may_widen)]
    for path in sorted(new.keys() - old.keys()):
        holder = path.rpartition(".")[0]
        if new[path].is_required and any(one.startswith(f"{holder}.") for one in old):
            said.append(f"{path} is new and required: earlier documents have none")
    return said


def _changes(old: Member, new: Member, *, may_widen: bool) -> Iterator[str]:
    if not (old.types <= new.types if may_widen else old.types == new.types):
        yield f"was {sorted(old.types)}, is {sorted(new.types)}"
    if new.is_required and not old.is_required:
        yield "was not required"
    if old.is_required and not new.is_required and not may_widen:
        yield "was always there"
    if lost := old.words - new.words if new.words or not may_widen else frozenset():
        yield f"no longer knows {', '.join(sorted(lost))}"
