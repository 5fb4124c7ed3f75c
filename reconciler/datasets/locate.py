"""Where in a line's text something stands; walked only when there is something to report."""

import json
import re

from reconciler.datasets.finding import Place

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


def column_of(text: str, at: Place) -> int:
    """The column, from 1 in characters, of an element or a key; 1 where it cannot be told."""
    place = _skip(text, 0)
    try:
        for depth, step in enumerate(at, start=1):
            if isinstance(step, int):
                place = _element(text, place, step)
            else:
                key, place = _member(text, place, step)
                place = key if depth == len(at) else place
    except (ValueError, RecursionError, IndexError):
        return 1
    return place + 1


def _skip(text: str, place: int) -> int:
    match = _SPACE.match(text, place)
    return match.end() if match else place


def _after_value(text: str, place: int) -> int:
    return _skip(text, _DECODER.raw_decode(text, place)[1])


def _element(text: str, place: int, index: int) -> int:
    """The start of an element of the array at `place`."""
    place = _skip(text, place + 1)
    for _ in range(index):
        place = _skip(text, _after_value(text, place) + 1)
    return place


def _member(text: str, place: int, name: str) -> tuple[int, int]:
    """The starts of a key and of its value in the object at `place`."""
    place = _skip(text, place + 1)
    while text[place] == '"':
        key, end = _DECODER.raw_decode(text, place)
        value = _skip(text, _skip(text, end) + 1)
        if key == name:
            return place, value
        place = _skip(text, _after_value(text, value) + 1)
    raise ValueError(name)
