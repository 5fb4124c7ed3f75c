"""Where in a line something stands; walked only when there is something to report."""

import json
import re

from reconciler.datasets.finding import Place
from reconciler.datasets.line import decoded

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


class Columns:
    """The columns of one line. A line may have very many findings, so what was walked is kept."""

    def __init__(self, line: bytes) -> None:
        self._line = line
        self._text = ""
        self._elements: dict[int, list[int]] = {}
        self._members: dict[int, dict[str, tuple[int, int]]] = {}

    def of(self, at: Place) -> int:
        """The column, from 1 in characters, of an element or a key; 1 where it cannot be told."""
        self._text = self._text or decoded(self._line)
        place = self._skip(0)
        try:
            for depth, step in enumerate(at, start=1):
                if isinstance(step, int):
                    place = self._element(place, step)
                else:
                    key, place = self._member(place, step)
                    place = key if depth == len(at) else place
        except (ValueError, RecursionError, IndexError):
            return 1
        return place + 1

    def _skip(self, place: int) -> int:
        match = _SPACE.match(self._text, place)
        return match.end() if match else place

    def _behind(self, place: int) -> int:
        """Where the next element or member starts, behind the value at `place`."""
        end = _DECODER.raw_decode(self._text, place)[1]
        return self._skip(self._skip(end) + 1)

    def _element(self, place: int, index: int) -> int:
        """The start of an element of the array at `place`."""
        starts = self._elements.setdefault(place, [self._skip(place + 1)])
        while len(starts) <= index:
            starts.append(self._behind(starts[-1]))
        return starts[index]

    def _member(self, place: int, name: str) -> tuple[int, int]:
        """The starts of a key and of its value in the object at `place`."""
        members = self._members.setdefault(place, {})
        if name in members:
            return members[name]
        last = next(reversed(members.values()), None)
        place = self._behind(last[1]) if last else self._skip(place + 1)
        while self._text[place] == '"':
            key, end = _DECODER.raw_decode(self._text, place)
            members[key] = place, self._skip(self._skip(end) + 1)
            if key == name:
                return members[key]
            place = self._behind(members[key][1])
        raise ValueError(name)
