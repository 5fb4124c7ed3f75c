"""A reference page from a JSON Schema: a table for each object, for people."""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]


def reference(schema: Schema) -> str:
    """Markdown: the alternatives of the schema by their `type`, then what they are made of."""
    defs = schema["$defs"]
    lines = [line for one in schema["anyOf"] for line in _event(defs[_name(one)])]
    named = {_name(one) for one in schema["anyOf"]}
    lines += ["", "## What they are made of"]
    for name, one in defs.items():
        if name not in named:
            lines += ["", f"### {_title(name)}", "", *_table(one)]
    return "\n".join((*lines, ""))


def document(schema: Schema, told: Schema) -> str:
    """Markdown: one document, then what it is made of and `told` does not tell already."""
    lines = list(_table(schema))
    for name, one in schema["$defs"].items():
        if name not in told["$defs"]:
            lines += ["", f"### {_title(name)}", "", *_table(one)]
    return "\n".join((*lines, ""))


def _event(schema: Schema) -> Iterator[str]:
    yield from ("", f"### `{schema['properties']['type']['const']}`", "")
    yield from _table(schema)


def _table(schema: Schema) -> Iterator[str]:
    yield from (schema["description"], "", "| member | JSON | |", "|-|-|-|")
    for name, one in schema["properties"].items():
        if name != "type":
            may_lack = "" if name in schema["required"] else " May be missing."
            yield f"| `{name}` | {_type(one)} | {one['description']}{may_lack}{_words(one)} |"


def _type(schema: Schema) -> str:
    match schema:
        case {"$ref": _}:
            title = _title(_name(schema))
            return f"[{title}](#{title.replace(' ', '-')})"
        case {"anyOf": [*several]}:
            return " or ".join(_type(one) for one in several)
        case {"type": "array", "items": inner}:
            return f"array of {_type(inner)}"
        case {"type": "object", "additionalProperties": inner}:
            return f"object of {_type(inner)}"
        case {"type": [*several]}:
            return " or ".join(several)
        case _:
            return str(schema["type"])


def _words(schema: Schema) -> str:
    """The values that there are, where they are told."""
    several = [word for one in schema.get("anyOf", [schema]) for word in one.get("enum", ())]
    return f" One of {', '.join(f'`{word}`' for word in several)}." if several else ""


def _name(schema: Schema) -> str:
    return str(schema["$ref"]).rsplit("/", 1)[1]


def _title(name: str) -> str:
    """`ChangeDocument` → `change`."""
    words = "".join(f" {c.lower()}" if c.isupper() else c for c in name).split()
    return " ".join(word for word in words if word != "document")
