"""JSON Schemas as pydantic writes them → as editors read them, and small steps on them."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

Schema: TypeAlias = dict[str, Any]

DEFS = "$defs"
NULL: Schema = {"type": "null"}

_REF = f"#/{DEFS}/"
_WORDS = ("description", "examples")
_OF_THE_RESULT = frozenset({"pattern", "maxLength"})
_NOISE = frozenset({"title", "discriminator", "interpolated", "default"})
_ORDER = (
    "$schema", "title", "description", "examples", "$ref", "type", "const", "enum", "anyOf",
    "properties", "patternProperties", "additionalProperties", "required", "items",
)  # fmt: skip


def ref(name: str) -> Schema:
    """What stands for a definition."""
    return {"$ref": _REF + name}


def name_of(schema: Mapping[str, Any]) -> str | None:
    """The definition that a schema stands for, if it does."""
    target = schema.get("$ref")
    return str(target).removeprefix(_REF) if target else None


def words(schema: Mapping[str, Any]) -> Schema:
    """What a schema says for people."""
    return {key: schema[key] for key in _WORDS if key in schema}


def bare(schema: Mapping[str, Any]) -> Schema:
    """What a schema says for machines."""
    return {key: value for key, value in schema.items() if key not in _WORDS}


def tidy(schema: Any) -> Any:  # noqa: ANN401  # a schema, or what stands in one
    """Keywords in one order; without what no editor reads, and what only says that it is unset."""
    if isinstance(schema, list):
        return [tidy(item) for item in schema]
    if isinstance(schema, float) and schema.is_integer():
        return int(schema)  # pydantic 2.10 writes a limit of 2 as 2.0
    if not isinstance(schema, dict):
        return schema
    loose = _loosened(schema) if schema.get("interpolated") else schema
    kept = {_keyword(key): value for key, value in loose.items() if key not in _NOISE}
    if "patternProperties" in kept:
        kept["additionalProperties"] = False
    return {key: _below(key, kept[key]) for key in sorted(kept, key=_rank)}


def _loosened(schema: Schema) -> Schema:
    """A string in which variables may stand is checked once they are replaced."""
    loose = {key: value for key, value in schema.items() if key not in _OF_THE_RESULT}
    if "anyOf" in schema:
        loose["anyOf"] = [_loosened(branch) for branch in schema["anyOf"]]
    return loose


def branches(schema: Mapping[str, Any], defs: Mapping[str, Schema]) -> Iterator[Schema]:
    """The alternatives that a schema is made of, definitions looked up; null is none."""
    if name := name_of(schema):
        yield from branches(defs[name], defs)
    elif "anyOf" in schema:
        for inner in schema["anyOf"]:
            yield from branches(inner, defs)
    elif schema != NULL:
        yield dict(schema)


def nullable(schema: Schema) -> Schema:
    """The schema, or null."""
    match schema:
        case {"anyOf": [*some]}:
            return schema if NULL in some else {**schema, "anyOf": [*some, NULL]}
        case {"type": str(kind), **rest} if not rest.keys() & {"enum", "const"}:
            return {**schema, "type": [kind, "null"]}
        case {"type": _, **rest} if not rest.keys() & {"enum", "const"}:
            return schema
        case _:
            return {**words(schema), "anyOf": [bare(schema), NULL]}


def _keyword(key: str) -> str:
    # A constant tells the branches of a union apart: that one holds at most says no more than
    # that one holds, and makes editors show the mistakes of all.
    return "anyOf" if key == "oneOf" else key


def _below(key: str, value: Any) -> Any:  # noqa: ANN401
    if key in ("properties", "patternProperties"):
        return {name: tidy(schema) for name, schema in value.items()}
    if key == "anyOf":  # editors tell of the first branch that is near: a number, not `auto`
        return sorted(map(tidy, value), key=lambda branch: "const" in branch)
    return value if key == "examples" else tidy(value)


def _rank(keyword: str) -> tuple[int, str]:
    return (_ORDER.index(keyword) if keyword in _ORDER else len(_ORDER)), keyword
