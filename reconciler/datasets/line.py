"""From a line's bytes to a JSON object: strict where Python's reader is lenient."""

import json
import math
from collections import Counter
from collections.abc import Iterator
from io import BufferedReader
from typing import Any, NoReturn

from reconciler.datasets.finding import Finding, shown

LONGEST = 64 << 20
"""Bytes; a longer line is no example that any model could take."""

BOM = b"\xef\xbb\xbf"

_STRICT = "other readers of JSON refuse it, or read something else"


class BadLineError(Exception):
    """A line that is no JSON object; says why, and at which character from 0."""

    def __init__(self, code: str, what: str, *, why: str, cure: str, offset: int = 0) -> None:
        super().__init__(what)
        self.finding = Finding(code, what, why=why, cure=cure)
        self.offset = offset


def numbered_lines(reader: BufferedReader) -> Iterator[tuple[int, bytes | None]]:
    """The lines from 1, newline included; None for one that is longer than `LONGEST`."""
    number = 0
    while line := reader.readline(LONGEST + 1):
        number += 1
        if len(line) <= LONGEST:
            yield number, line
            continue
        while line and not line.endswith(b"\n"):
            line = reader.readline(LONGEST)
        yield number, None


def parse(line: bytes) -> tuple[str, dict[str, Any]]:
    """The text of a line and its object.

    Raises:
        BadLineError: it is not UTF-8, not JSON, not an object, or JSON that readers disagree on.
    """
    text = _decoded(line)
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
        raise _odd("too-deep", "nested too deep") from None
    except ValueError:
        raise _odd("number-too-long", "a number with more than 4,300 digits") from None
    if isinstance(value, dict):
        return text, value
    raise BadLineError(
        "not-an-object", "not a JSON object", why="every line is one example", cure="write {…}"
    )


def _decoded(line: bytes) -> str:
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
