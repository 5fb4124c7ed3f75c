"""What holds for a file as a whole, and for lines before they are rows."""

from collections.abc import Mapping

from reconciler.datasets.finding import Finding, Format
from reconciler.datasets.notes import Lines

LEAST_EXAMPLES = 10
"""Fewer fail a job (recorded answer of the API: `invalid_n_examples`)."""

TOO_LONG = Finding(
    "line-too-long",
    "the line is longer than 64 MiB",
    why="no example is that long; a newline may be missing",
    cure="one example a line",
)

_NOTED: Mapping[str, Finding] = {
    "blank-line": Finding(
        "blank-line",
        "the line is blank",
        why="what endpoints make of it is not specified",
        cure="remove it",
    ),
    "bom": Finding(
        "bom",
        "the file starts with a byte order mark",
        why="some readers take it for a part of the first example",
        cure="save as UTF-8 without BOM",
    ),
    "crlf": Finding(
        "crlf",
        "the line ends with CR and LF",
        why="the same data with LF has another digest, and would be trained again",
        cure="save the file with LF",
    ),
}


def noted(code: str, detail: str, lines: Lines) -> Finding:
    """What is told of a file once: for its first line, with the number of the others."""
    del detail
    finding = _NOTED[code]
    if lines.count == 1:
        return finding
    others = ", ".join(map(str, lines.first[1:]))
    more = f" and {lines.count - len(lines.first):,} more" if lines.count > len(lines.first) else ""
    what = f"{finding.what} (also lines {others}{more})"
    return Finding(code, what, why=finding.why, cure=finding.cure)


def too_few(rows: int) -> Finding:
    """A file that the API counts and refuses."""
    quote = f"Training file has {rows} example(s), but must have at least {LEAST_EXAMPLES} examples"
    return Finding(
        "too-few-examples",
        f"{rows} examples, at least {LEAST_EXAMPLES} are needed",
        quote=quote,
        cure="add examples; 50 to 100 are a good start",
    )


def mixed(count: int, other: Format, file_format: Format) -> Finding:
    """Rows of another format than most."""
    verb = "example is" if count == 1 else "examples are"
    return Finding(
        "mixed-formats",
        f"{count} {verb} in the {other} format, most of the file in {file_format}; here the first",
        why="a job trains with one method, so that a file has one format",
        cure="one file a format",
    )
