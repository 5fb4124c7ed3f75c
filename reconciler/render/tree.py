"""A tree for a terminal: each line a label and what it says, aligned among its siblings."""

from collections.abc import Iterator
from typing import NamedTuple

from reconciler.text import visible


class Branch(NamedTuple):
    """A line, and the lines below it; the label is ours, the text anybody's."""

    label: str
    text: str
    below: tuple["Branch", ...] = ()


def tree_lines(root: Branch) -> Iterator[str]:
    """The lines of a tree."""
    yield from _lines(root, len(root.label))


def _lines(branch: Branch, pad: int) -> Iterator[str]:
    yield f"{branch.label:<{pad}}  {visible(branch.text)}".lstrip()
    inner = max((len(each.label) for each in branch.below), default=0)
    for number, each in enumerate(branch.below, 1):
        is_last = number == len(branch.below)
        first, *rest = _lines(each, inner)
        yield f"{'└' if is_last else '├'}─ {first}"
        yield from (f"{' ' if is_last else '│'}  {line}" for line in rest)
