"""Plain scalars by the YAML 1.2 core schema, narrowed to what reads one way everywhere.

`true` and `false` are the only booleans: `yes`, `no`, `on`, `off` stay strings. Whole numbers are
decimal: `012`, `0o14`, `0x1f`, `1_000`, `1:30` and dates stay strings.
"""

import re
from typing import TypeAlias

Scalar: TypeAlias = str | int | float | bool | None

MAX_WHOLE = 2**53
"""Largest distance from 0 at which JSON readers still agree on a whole number (RFC 8259, 6)."""

_MOST_DIGITS = 40
_CORE = "tag:yaml.org,2002:"
_TYPES: dict[str, tuple[type, ...]] = {
    f"{_CORE}bool": (bool,),
    f"{_CORE}float": (float, int),
    f"{_CORE}int": (int,),
    f"{_CORE}null": (type(None),),
}
_CONSTANTS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    "true": True,
    "false": False,
}
_NUMBER_STARTS = frozenset("+-.0123456789")
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_REAL = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


class NumberRefused(ValueError):
    """A plain scalar that is a number by its look, but not one that can be kept exactly."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


def resolve(text: str) -> Scalar:
    """The value of a plain scalar.

    Raises:
        NumberRefused: `.nan`, `.inf`, a whole number beyond ±2^53, or a real beyond a double.
    """
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    return _number(text) if text[0] in _NUMBER_STARTS else text


def _number(text: str) -> Scalar:
    if _WHOLE.fullmatch(text):
        if len(text) > _MOST_DIGITS or abs(int(text)) > MAX_WHOLE:
            raise NumberRefused("is a whole number beyond ±2^53")
        return int(text)
    if _REAL.fullmatch(text):
        if len(text) > _MOST_DIGITS or abs(float(text)) == float("inf"):
            raise NumberRefused("is a number too large or too long to keep")
        return float(text)
    if _NOT_FINITE.fullmatch(text):
        raise NumberRefused("is not a finite number")
    return text


def tagged(tag: str, text: str) -> Scalar:
    """The value of a scalar with an explicit tag of the core schema.

    Raises:
        LookupError: another tag, or a text that is not of the tag's type.
        NumberRefused: as `resolve`.
    """
    if tag in ("!", f"{_CORE}str"):
        return text
    value = resolve(text)
    if type(value) not in _TYPES[tag]:
        raise LookupError(tag)
    return value
