"""Which examples a file has, as short digests: what stands twice, and what two files share."""

from array import array
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import compress, islice
from typing import Self

from msgspec import Struct, field

from reconciler.datasets.notes import FIRST, Lines

MOST = 4_000_000
"""Lines of a file whose examples are compared: 12 bytes each; those beyond are not looked at."""

AT_ONCE = 250_000
"""Digests in a set at one time, so that a large file needs no more memory than others."""

_DIGEST, _LINE = "Q", "I"
_WORDS = 4
"""Of eight bytes in a SHA-256, of which the first is kept."""


class Examples(Struct):
    """The digest of each example, and its line; white space around it is not looked at."""

    digests: "array[int]" = field(default_factory=lambda: array(_DIGEST))
    lines: "array[int]" = field(default_factory=lambda: array(_LINE))

    @classmethod
    def unordered(cls, digests: "array[int]") -> Self:
        """Those with these digests, on lines that nobody knows any more."""
        return cls(digests, array(_LINE, bytes(array(_LINE).itemsize * len(digests))))

    def add_all(self, lines: Sequence[bytes], first: int) -> None:
        """The examples of a block of lines, of which the first has this number."""
        rows = [*map(bytes.strip, lines[: max(0, MOST + 1 - first)])]
        numbers: Sequence[int] = range(first, first + len(rows))
        if not all(rows):
            numbers = [line for line, row in zip(numbers, rows, strict=True) if row]
            rows = [row for row in rows if row]
        whole = array(_DIGEST, b"".join([sha256(row).digest() for row in rows]))
        self.digests.extend(whole[::_WORDS])
        self.lines.extend(numbers)

    def merge(self, other: Self) -> None:
        """Those of another part of the file, too."""
        self.digests.extend(other.digests)
        self.lines.extend(other.lines)

    def repeated(self) -> Lines:
        """The examples that stand in the file before."""
        found = Lines()
        for share in self._shares():
            digests = self._digests_of(share)
            if len(set(digests)) == len(digests):
                continue
            # Parts are in any order, but each ascends: to sort them is to merge them.
            rows = sorted(zip(self._lines_of(share), digests, strict=True))
            first = {digest: line for line, digest in reversed(rows)}
            later = (line for line, digest in rows if first[digest] != line)
            found.merge(Lines(len(rows) - len(first), [*islice(later, FIRST)]))
        return found

    def shared(self, other: Self) -> Lines:
        """The examples that stand in the other file, too."""
        found = Lines()
        for share in other._shares():
            theirs = {*other._digests_of(share)}
            for digest, line in zip(self._digests_of(share), self._lines_of(share), strict=True):
                if digest in theirs:
                    found.add(line)
        return found

    def _shares(self) -> Iterator[bytes]:
        """Each share of the digests, as a table of whether it has those with a first byte."""
        shares = min(len(self.lines) // AT_ONCE + 1, 256)
        return (bytes(byte % shares == share for byte in range(256)) for share in range(shares))

    def _digests_of(self, share: bytes) -> list[int]:
        return [*compress(self.digests, self._is_in(share))]

    def _lines_of(self, share: bytes) -> Iterator[int]:
        return compress(self.lines, self._is_in(share))

    def _is_in(self, share: bytes) -> bytes:
        """Of each digest, whether the share has it: in a third of the time of a division each."""
        return self.digests.tobytes()[:: self.digests.itemsize].translate(share)
