"""From a line's bytes to a JSON object: strict where Python's reader is lenient."""

import json
import math
from collections import Counter
from collections.abc import Iterable
from typing import Any, NoReturn

import msgspec

from reconciler.datasets.finding import Finding, shown
from reconciler.no_json import NO_JSON

DEEPEST = 256
"""Levels of an example; a thousand overflow the stack of many a reader, ours among them."""

_STRICT = "other readers of JSON refuse it, or read something else"


class BadLineError(Exception):
    """A line that is no JSON object; says why, and at which character from 0."""

    def __init__(self, code: str, what: str, *, why: str, cure: str, offset: int = 0) -> None:
        super().__init__(what)
        self.finding = Finding(code, what, why=why, cure=cure)
        self.offset = offset


def parse(line: bytes) -> dict[str, Any]:
    """The object of a line, if all readers agree on it.

    The fast reader keeps the last of equal keys.

    Raises:
        BadLineError: it is not UTF-8, not JSON, not an object, or JSON that readers disagree on.
    """
    try:
        loaded = msgspec.json.decode(line)
    except NO_JSON:
        return _parse_strictly(line)
    if _is_deep(line, loaded):
        raise _too_deep()
    if isinstance(loaded, dict) and _is_all(line, loaded):
        return loaded
    return _parse_strictly(line)


def _is_deep(line: bytes, value: object) -> bool:
    """Whether a value, which this line holds, has too many levels; few lines need a closer look."""
    if line.count(b"{") + line.count(b"[") <= DEEPEST:
        return False
    level, depth = [value], 0
    while level and depth <= DEEPEST:
        level, depth = [inner for outer in level for inner in _inside(outer)], depth + 1
    return depth > DEEPEST


def _inside(value: object) -> Iterable[object]:
    match value:
        case dict():
            return value.values()
        case list():
            return value
        case _:
            return ()


def _is_all(line: bytes, value: object) -> bool:
    """Whether a value certainly holds all strings of its line.

    A key that stands twice is lost in the value, and its quotation marks are left over in the line:
    there are more than the value has when it is written anew. A mark as a number is none.
    """
    return b"\\u0022" not in line and line.count(b'"') == msgspec.json.encode(value).count(b'"')


def _parse_strictly(line: bytes) -> dict[str, Any]:
    """As `parse`, in several times the time: what is wrong, and where."""
    text = decoded(line)
    try:
        value = _DECODER.decode(text)
        if "\\ud" in text or "\\uD" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise BadLineError(
            "not-json",
            f"not JSON: {error.msg.lower()}",
            why="every line is one JSON object; the API refuses the upload or fails the job",
            cure="correct the line; one example a line, without line breaks inside",
            offset=error.pos,
        ) from None
    except UnicodeEncodeError:
        raise _odd("lone-surrogate", "half a surrogate pair (\\ud800 to \\udfff)") from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        raise _odd("number-too-long", "a number with more than 4,300 digits") from None
    if _is_deep(line, value):
        raise _too_deep()
    if isinstance(value, dict):
        return value
    raise BadLineError(
        "not-an-object", "not a JSON object", why="every line is one example", cure="write {…}"
    )


def decoded(line: bytes) -> str:
    """The text of a line.

    Raises:
        BadLineError: it is not UTF-8.
    """
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise BadLineError(
            "bad-utf8",
            "not UTF-8",
            why="JSON Lines are UTF-8; other encodings arrive garbled",
            cure="save the file as UTF-8",
            offset=len(line[: error.start].decode()),
        ) from None


def _odd(code: str, what: str) -> BadLineError:
    return BadLineError(code, what, why=_STRICT, cure="remove it, or write the line anew")


def _too_deep() -> BadLineError:
    return _odd("too-deep", f"nested deeper than {DEEPEST} levels")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of these pairs, if no key stands twice in it."""
    value = dict(pairs)
    if len(value) == len(pairs):
        return value
    twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
    raise _odd("duplicate-key", f"the key {shown(twice)} stands twice in one object")


def _refuse_constant(name: str) -> NoReturn:
    raise _odd("nan", f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise _odd("nan", "a number so large that readers take it for infinity")
    return number


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_float=_finite
)
