"""Lines and tables at a terminal of so many columns: broken between words, and nothing is cut."""

import re
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise

from reconciler.render.parts import INDENT

ROOM = 90
"""Columns of a part of an error, at the most."""

GAP = 2
"""Blanks between two cells."""

LEAST = 12
"""Columns that a cell of a table keeps, however narrow the terminal is."""

MARGIN, ASIDE = " " * 2, " " * 6
"""Before a row, and before what of it has a line of its own."""

_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_PART = ("  where: ", "  why: ", "  cure: ", INDENT)
_TYPED = ("next: ", "digest: ")
"""What is to be copied stays on one line."""

_BRANCH = re.compile(r"(?:[│ ]  )*[├└]─ ")
_GAP = re.compile(r"(?<=[^ ])  +")
_WORD = re.compile(r" *[^ ]+")
_TRUNK = str.maketrans("├└─", "│  ")


def cells(text: str) -> int:
    """How many columns a text takes, without its colours."""
    text = _COLOUR.sub("", text)
    return len(text) if text.isascii() else sum(map(_cells_of, text))


def _cells_of(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 1 + (unicodedata.east_asian_width(character) in "WF")


def padded(text: str, width: int) -> str:
    """The text with blanks up to this many columns."""
    return text + " " * (width - cells(text))


def shortened(name: str, width: int) -> str:
    """A name for what is erased again, without its middle where it has no room."""
    end = width - width // 3 - 1
    return name if len(name) <= width else f"{name[: width // 3]}…{name[-end:]}"


def broken(line: str, columns: int) -> list[str]:
    """A line that is longer than the terminal is wide, broken between words."""
    is_part = line.startswith(_PART)
    room = min(columns, ROOM) if is_part else columns
    words = _WORD.findall(line)
    if cells(line) <= room or line.startswith(_TYPED) or not words:
        return [line]
    longest = max(cells(word.lstrip(" ")) for word in words)
    hangs = [INDENT] if is_part else [*_hangs(_COLOUR.sub("", line), room)]
    fit = [hang for hang in (*hangs, MARGIN) if len(hang) + longest <= room]
    hang = next(iter(fit), hangs[-1])
    return [*_filled(words, hang, room)]


def _hangs(line: str, room: int) -> Iterator[str]:
    """What may stand before the further lines of a line, the best first: blanks up to a cell."""
    branch = _BRANCH.match(line)
    trunk = branch[0].translate(_TRUNK) if branch else ""
    starts = [cells(line[: gap.end()]) for gap in _GAP.finditer(line, 0, room)]
    yield from (padded(trunk, at) for at in reversed(starts) if at <= room // 2)
    indent = len(line) - len(line.lstrip(" "))
    yield f"{trunk}  " if trunk else " " * (indent + 4 if indent else 2)


def _filled(words: Sequence[str], hang: str, room: int) -> Iterator[str]:
    """Lines of as many words as they hold; a cell stays whole that has room on one."""
    line = ""
    for word, span in zip(words, _spans(words), strict=True):
        text = word.lstrip(" ")
        is_whole = len(hang) + span - (len(word) - len(text)) <= room
        wanted = span if is_whole else cells(word)
        if cells(line.strip()) > 1 and cells(line) + wanted > room:  # no glyph alone
            yield line
            line = hang + text
        else:
            line += word
    yield line


def _spans(words: Sequence[str]) -> list[int]:
    """How wide the cell is that begins with each word; within one the word alone."""
    spans, inner = list[int](), 0
    for word in reversed(words):
        width, is_first = cells(word), word.startswith("  ")
        spans.append(width + inner * is_first)
        inner = 0 if is_first else inner + width
    return spans[::-1]


def table(rows: Sequence[Sequence[str]], columns: int | None) -> Iterator[str]:
    """Aligned rows; what has no room beside the rest has a line of its own.

    Args:
        columns: how wide the terminal is; None where lines may have any length.
    """
    widths = [max(map(cells, column)) for column in zip(*rows, strict=True)]
    over = sum(widths) + GAP * len(widths) - (columns or sys.maxsize)
    widest = widths.index(max(widths))
    if over <= 0:
        ends = [len(widths)]
    elif widths[widest] - over >= max(LEAST, cells(rows[0][widest])):
        widths[widest] -= over
        ends = [len(widths)]
    else:
        ends = [*_ends(widths, columns or 0)]
    for row in rows:
        for begin, end in pairwise([0, *ends]):
            yield from _row(row[begin:end], widths[begin:end], ASIDE if begin else MARGIN)


def _ends(widths: Sequence[int], columns: int) -> Iterator[int]:
    """Where the lines of a row end that has more than one: before these columns."""
    at = GAP
    for number, width in enumerate(widths):
        if number and at + width > columns:
            yield number
            at = len(ASIDE)
        at += width + GAP
    yield len(widths)


def _row(row: Sequence[str], widths: Sequence[int], margin: str) -> Iterator[str]:
    """A line; after a cell that is too wide for its column, another one."""
    line, at = margin, len(margin)
    for number, (cell, width) in enumerate(zip(row, widths, strict=True)):
        is_last = number == len(row) - 1
        if number and cells(line) > at - GAP:
            yield line
            line = ""
        if is_last and number and cells(cell) > width:
            yield line.rstrip()
            line, at = "", len(ASIDE)
        line = padded(line, at) + cell
        at += width + GAP
    yield line
