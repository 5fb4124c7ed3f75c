"""What holds for a file as a whole, and for lines before they are rows."""

from reconciler.datasets.finding import Finding
from reconciler.datasets.formats import Format

LEAST_EXAMPLES = 10
"""Fewer fail a job (recorded answer of the API: `invalid_n_examples`)."""

TOO_LONG = Finding(
    "line-too-long",
    "the line is longer than 64 MiB",
    why="no example is that long; a newline may be missing",
    cure="one example a line",
)
BLANK = Finding(
    "blank-line",
    "blank line",
    why="what endpoints make of it is not specified",
    cure="remove it",
    severity="warning",
)
HAS_BOM = Finding(
    "bom",
    "the file starts with a byte order mark",
    why="some readers take it for a part of the first example",
    cure="save as UTF-8 without BOM",
    severity="warning",
)


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
