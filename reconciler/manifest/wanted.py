"""A value of the wrong type: what was wanted, what was found, and how YAML writes it."""

import re
from collections.abc import Mapping, Sequence

from reconciler.manifest.finding import Finding, Path
from reconciler.manifest.scalars import NumberRefused, resolve
from reconciler.manifest.words import dotted, either, found

_BOOL = "true or false"
_REAL = "a number"
_STRING = "a string"
_WHOLE = "a whole number"

WANTED: Mapping[str, str] = {
    "bool_parsing": _BOOL,
    "bool_type": _BOOL,
    "dict_type": "a mapping",
    "float_parsing": _REAL,
    "float_type": _REAL,
    "frozen_set_type": "a list",
    "int_from_float": _WHOLE,
    "int_parsing": _WHOLE,
    "int_type": _WHOLE,
    "iterable_type": "a list",
    "list_type": "a list",
    "mapping_type": "a mapping",
    "model_attributes_type": "a mapping",
    "model_type": "a mapping",
    "none_required": "nothing",
    "set_type": "a list",
    "string_type": _STRING,
    "tuple_type": "a list",
}
"""pydantic's error types that say which type was wanted."""

_MEANT_AS_BOOL = {
    **dict.fromkeys(("y", "yes", "on", "true"), "true"),
    **dict.fromkeys(("n", "no", "off", "false"), "false"),
}
_ODD_WHOLE = re.compile(r"[-+]?0*([1-9][0-9_]{0,18}|0)")
_PREFIXED_WHOLE = re.compile(r"0[xX][0-9a-fA-F]{1,13}|0o[0-7]{1,17}|0b[01]{1,53}")


def wrong_type(path: Path, wants: Sequence[str], value: object) -> Finding:
    """`jobs.bot.seed must be a whole number, found the string "7"`, with its cure."""
    what = f"{dotted(path)} must be {either(wants)}, found {found(value)}"
    why, cure = _advice(wants, value)
    return Finding(path, "wrong-type", what, why, cure)


def _advice(wants: Sequence[str], value: object) -> tuple[str, str]:
    match value:
        case str() if _BOOL in wants and value.lower() in _MEANT_AS_BOOL:
            why = "only true and false are booleans in YAML 1.2; yes, no, on, off are strings"
            return why, f"write {_MEANT_AS_BOOL[value.lower()]}"
        case str() if _WHOLE in wants or _REAL in wants:
            return _number_advice(value)
        case bool() | int() if _STRING in wants:
            shown = found(value).removeprefix("the number ")
            return f"without quotes it is {found(value)}", f'quote it: "{shown}"'
        case float() if _STRING in wants:
            return "without quotes it is a number", "quote it"
        case float() if _WHOLE in wants and value.is_integer():
            return "", f"write {int(value)}"
    return "", ""


def _number_advice(text: str) -> tuple[str, str]:
    if _is_number(text):
        return "in quotes a number is a string", f"write {text} without quotes"
    why = "whole numbers are decimal, with no leading zero and no underscore"
    if _PREFIXED_WHOLE.fullmatch(text):
        return why, f"write {int(text, 0)}"
    if odd := _ODD_WHOLE.fullmatch(text):
        sign = "-" if text.startswith("-") else ""
        return why, f"write {sign}{odd[1].replace('_', '')}"
    return "", ""


def _is_number(text: str) -> bool:
    try:
        return type(resolve(text)) in (int, float)
    except NumberRefused:
        return False
