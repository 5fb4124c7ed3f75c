"""A flowchart in the language of Mermaid, for Markdown pages of GitHub and GitLab.

What stands in it was written by others: whatever a label says, it is a label.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from reconciler.text import visible

# In quotes, these mean nothing to Mermaid nor to the page; the others are written as numbers.
_MEANS = re.compile(r"[^A-Za-z0-9 ._:/@+=,\[\]()-]")


class Box(NamedTuple):
    """Something drawn: `name` is ours, the lines of its label are anybody's."""

    name: str
    label: tuple[str, ...]
    is_stored: bool = False


class Arrow(NamedTuple):
    """From one box to another, by their names."""

    source: str
    target: str
    label: str = ""


def flowchart(boxes: Iterable[Box], arrows: Iterable[Arrow]) -> str:
    """The diagram, from left to right."""
    lines = ["flowchart LR", *map(_box, boxes), *map(_arrow, arrows)]
    return "\n".join(lines)


def _box(box: Box) -> str:
    opens, closes = ("[(", ")]") if box.is_stored else ("[", "]")
    label = "<br/>".join(map(_quoted, box.label))
    return f'  {box.name}{opens}"{label}"{closes}'


def _arrow(arrow: Arrow) -> str:
    said = f"|{_quoted(arrow.label)}| " if arrow.label else " "
    return f"  {arrow.source} -->{said}{arrow.target}"


def _quoted(text: str) -> str:
    return _MEANS.sub(lambda found: f"#{ord(found[0])};", visible(text))
