"""What stands below the first line of an error: where, why and cure, aligned."""

import textwrap
from collections.abc import Iterator

from reconciler.text import visible

INDENT = " " * 9
"""Below the text of a part."""


def part_lines(where: str, why: str, cure: str) -> Iterator[str]:
    """The parts that are not empty; further lines of a part are indented."""
    for label, text in (("where:", where), ("why:", why), ("cure:", cure)):
        first, *rest = [visible(line) for line in text.splitlines()] or [""]
        if first:
            yield f"  {label:<6} {first}"
            yield from (INDENT + line for line in rest)


def wrapped(line: str, width: int) -> str:
    """A line of a part that is longer than a terminal's text, broken between words."""
    is_part = line.startswith(("  where: ", "  why: ", "  cure: ", INDENT))
    if not is_part or len(line) <= width:
        return line
    head, text = line[: len(INDENT)], line[len(INDENT) :]
    lines = textwrap.wrap(text, width - len(INDENT), break_long_words=False, break_on_hyphens=False)
    return f"\n{INDENT}".join([head + lines[0], *lines[1:]])
