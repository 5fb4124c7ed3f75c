"""What is left out of a page that would be too long: the largest details first, then rows."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from reconciler.core.plan import Change


class Cut(NamedTuple):
    """What is left out so that the page is short enough.

    Attributes:
        sections, rows: which of the page's, by their places.
        deletions: how many of the rows tell one.
        is_brief: deletions are named without their reasons.
    """

    sections: frozenset[int] = frozenset()
    rows: frozenset[int] = frozenset()
    deletions: int = 0
    is_brief: bool = False

    @property
    def is_any(self) -> bool:
        """Whether the page is not whole."""
        return bool(self.sections or self.rows or self.is_brief)


def cut_to_fit(
    changes: Sequence[Change], rows: Sequence[str], sections: Sequence[str], room: int
) -> Cut:
    """The largest details go first, then rows, the last ones first: they matter least.

    Args:
        changes: in the order of their rows and sections; a section may be empty.
        room: characters for rows and sections, each with its newline.
    """
    blocks = sorted((n for n, text in enumerate(sections) if text), key=lambda n: -len(sections[n]))
    over = length(rows) + length(filter(None, sections)) - room
    gone, over = _until_it_fits(blocks, sections, over)
    lines, _ = _until_it_fits(range(len(rows) - 1, -1, -1), rows, over)
    lost = sum(1 for n in lines if changes[n].action.destroys)
    return Cut(frozenset(gone), frozenset(lines), lost)


def _until_it_fits(order: Iterable[int], texts: Sequence[str], over: int) -> tuple[list[int], int]:
    """Which texts to leave out, in this order, and how many characters are too many then."""
    gone: list[int] = []
    for n in order:
        if over <= 0:
            break
        gone.append(n)
        over -= len(texts[n]) + 1
    return gone, over


def length(lines: Iterable[str]) -> int:
    """Characters of lines, each with its newline."""
    return sum(len(line) + 1 for line in lines)
