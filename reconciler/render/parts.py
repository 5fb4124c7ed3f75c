"""What stands below the first line of an error: where, why and cure, aligned."""

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
