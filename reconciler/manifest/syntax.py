"""What is not YAML at all: the parser's own sentence, its place, and a cure where one is known."""

import re
from collections.abc import Sequence
from typing import Final

import yaml

from reconciler.errors import InvalidInput, Mark, Problem
from reconciler.manifest.source import place_of

_CURES = {
    "mapping values are not allowed": 'quote a text that has ": " in it; one key a line',
    "could not find expected ':'": "write KEY: VALUE; a key is on one line",
    "did not find expected key": "check the indentation of this line, and quotes before it",
    "found unexpected end of stream": "close the quote that was opened",
    "found invalid Unicode": "write the character itself",
    "found unknown escape character": "in double quotes write \\\\ for a backslash",
}

MAX_DEPTH: Final = 32

_TOO_DEEP = "exceeded maximum nesting depth"
"""libyaml looks ahead for the end of a key, and newer ones stop at a depth of their own."""


def too_deep() -> str:
    """What is said of a manifest that is nested deeper than `MAX_DEPTH`."""
    return f"more than {MAX_DEPTH} levels of nesting"


def not_yaml(error: yaml.YAMLError, text: str, file: str) -> Problem:
    """The parser's error as one problem of one line."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    said = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable")
    context = str(getattr(error, "context", None) or "")
    if mark is None:
        return Problem(f"this is not YAML: {said}", "not-yaml", where=file, why=context)
    place = Mark(file, mark.line + 1, mark.column + 1)
    if said == _TOO_DEEP:
        return Problem(too_deep(), "too-deep", place)
    if _character(text, mark.line, mark.column) == "\t":
        what = "a tab where YAML wants spaces"
        return Problem(what, "tab-indent", place, cure="indent with spaces")
    cure = next((cure for part, cure in _CURES.items() if part in said), "")
    return Problem(f"this is not YAML: {said}", "not-yaml", place, why=context, cure=cure)


def refuse_directives(text: str, file: str, problems: Sequence[Problem]) -> None:
    """Tag directives serve tags alone, and libyaml's time grows with their square.

    Raises:
        InvalidInput: the text has one; `problems` are in it.
    """
    for match in re.finditer("%TAG", text):
        if match.start() == 0 or text[match.start() - 1] == "\n":
            mark = place_of(text, match.start(), file)
            problem = Problem("a %TAG directive", "unknown-tag", mark, cure="leave tags out")
            raise InvalidInput([*problems, problem])


def _character(text: str, line: int, column: int) -> str:
    lines = text.split("\n", line + 1)
    return lines[line][column : column + 1] if line < len(lines) else ""
