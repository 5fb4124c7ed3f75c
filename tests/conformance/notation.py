"""The notation of `api.yaml`: a type in a few characters, as a JSON schema.

`string`          also integer, number, boolean, object, null, binary, any
`string 1..64`    length; `integer 1..50` and `number 0..2` are ranges, `>0..` excludes its end
`=auto`           exactly this text
`File`            the type of that name
`a | b`           one or the other
`[a, 1..5]`       an array of one to five; `[a]` is of any length
`{a: t, (b): u}`  an object; `b` may be absent; it is closed unless `"*": t` types other names
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

Schema = dict[str, Any]
TYPES: Final = "#/components/schemas/"
_BOUNDS = re.compile(r"(?P<open>>?)(?P<least>-?[\d.]*?)\.\.(?P<most>-?[\d.]*)")
_SIZES = {"string": ("minLength", "maxLength"), "array": ("minItems", "maxItems")}


def schema(given: object) -> Schema:
    """The JSON schema of a type.

    Raises:
        ValueError: it is not in the notation.
    """
    match given:
        case str(text):
            return _either(text.split(" | "))
        case [items]:
            return {"type": "array", "items": schema(items)}
        case [items, str(bounds)]:
            return {"type": "array", "items": schema(items)} | _bounds("array", bounds)
        case dict(members):
            return _object(members)
        case _:
            raise ValueError(f"not a type: {given!r}")


def _either(texts: Iterable[str]) -> Schema:
    """One of some alternatives; the exact texts among them become one enumeration."""
    alternatives = [text.strip() for text in texts]
    exact = [text[1:] for text in alternatives if text.startswith("=")]
    found = [_simple(text) for text in alternatives if not text.startswith("=")]
    if exact:
        found.append({"type": "string", "enum": exact})
    return found[0] if len(found) == 1 else {"anyOf": found}


def _simple(text: str) -> Schema:
    kind, _, bounds = text.partition(" ")
    match kind:
        case "any":
            return {}
        case "binary":
            return {"type": "string", "format": "binary"}
        case "null" | "boolean" | "object" | "string" | "integer" | "number":
            return {"type": kind} | (_bounds(kind, bounds) if bounds else {})
        case _ if kind[:1].isupper() and not bounds:
            return {"$ref": TYPES + kind}
        case _:
            raise ValueError(f"not a type: {text!r}")


def _bounds(kind: str, text: str) -> Schema:
    found = _BOUNDS.fullmatch(text)
    if found is None:
        raise ValueError(f"not bounds: {text!r}")
    least, most = _SIZES.get(kind, ("minimum", "maximum"))
    names = {"least": "exclusiveMinimum" if found["open"] else least, "most": most}
    return {name: _number(found[end]) for end, name in names.items() if found[end]}


def _number(text: str) -> float:
    return float(text) if "." in text else int(text)


def _object(members: Mapping[str, object]) -> Schema:
    named = {name: each for name, each in members.items() if name != "*"}
    return {
        "type": "object",
        "properties": {name.strip("()"): schema(each) for name, each in named.items()},
        "required": [name for name in named if is_required(name)],
        "additionalProperties": schema(members["*"]) if "*" in members else False,
    }


def is_required(name: str) -> bool:
    """Whether a member must be there: its name is not in brackets."""
    return not name.startswith("(")
