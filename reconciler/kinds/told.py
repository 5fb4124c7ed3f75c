"""What an answer tells of an object: a member of another type than the API's is not told."""

from collections.abc import Mapping
from typing import Any

_LARGEST = 2**53
"""JSON's readers agree on whole numbers below it."""

_END_OF_TIME = 253_402_300_800
"""Unix seconds after the year 9999."""


def text(body: Mapping[str, Any], name: str) -> str:
    """A text, or an empty one."""
    value = body.get(name)
    return value if isinstance(value, str) else ""


def number(body: Mapping[str, Any], name: str) -> int | None:
    """A whole number, such as seconds or bytes, or None."""
    value = body.get(name)
    if type(value) is not int and type(value) is not float:  # nor is a bool
        return None
    return int(value) if abs(value) < _LARGEST else None


def moment(body: Mapping[str, Any], name: str) -> int | None:
    """A point in time, Unix seconds; what no calendar has, such as milliseconds, is not told."""
    seconds = number(body, name)
    return seconds if seconds is not None and 0 <= seconds < _END_OF_TIME else None


def members(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object, or an empty one."""
    value = body.get(name)
    return value if isinstance(value, dict) else {}
