"""What holds for a file as a whole, and for lines before they are rows."""

from collections.abc import Mapping

from reconciler.datasets.finding import Finding, Format
from reconciler.datasets.notes import Lines, Measured
from reconciler.rules import RULES

LEAST_EXAMPLES = 10
"""Fewer fail a job (recorded answer of the API: `invalid_n_examples`)."""

TOO_LONG = Finding(
    "line-too-long",
    "the line is longer than 64 MiB",
    why="no example is that long; a newline may be missing",
    cure="one example a line",
)

_NOTED: Mapping[str, tuple[str, str]] = {
    "blank-line": ("the line is blank", "what endpoints make of it is not specified"),
    "bom": (
        "the file starts with a byte order mark",
        "some readers take it for a part of the first example",
    ),
    "crlf": (
        "the line ends with CR and LF",
        "the same data with LF has another digest, and would be trained again",
    ),
    "duplicate-rows": (
        "the example stands in the file before",
        "it is paid for each time, and counts as often as it stands",
    ),
    "over-long": (
        "the example is longer than about 65,536 tokens",
        "what is beyond the context of training is cut, and not learned",
    ),
    "empty-answer": ("the assistant says nothing", "the model learns to say nothing"),
    "imbalance": (
        "{} are the same short text",
        "a model does well by always saying it",
    ),
    "secret-in-data": (
        "the example holds what looks like {}",
        "a model can repeat it, and the file goes to the endpoint",
    ),
    "personal-data": (
        "the example holds what looks like {}",
        "a model can repeat it, and the file goes to the endpoint",
    ),
    "system-drift": (
        "the example has another system prompt than most, or none",
        "a model learns the most from the prompt that it is asked with later",
    ),
}
"""Code → what is told of a line, and why; `{}` is what it shows."""


def noted(measured: Measured) -> Finding:
    """What is told of a file once: for its first line, with the number of the others."""
    what, why = _NOTED[measured.code]
    what = what.replace("{}", measured.detail) + also(measured.lines)
    return Finding(measured.code, what, why=why, cure=RULES[measured.code].short_cure)


def also(lines: Lines) -> str:
    """The lines behind the first one."""
    if lines.count <= 1:
        return ""
    others = lines.first[1:]
    named = ", ".join(f"{line:,}" for line in others)
    more = f" and {lines.count - len(lines.first):,} more" if lines.count > len(lines.first) else ""
    return f" (also {'lines' if len(others) > 1 else 'line'} {named}{more})"


def too_few(rows: int) -> Finding:
    """A file that the API counts and refuses."""
    quote = f"Training file has {rows} example(s), but must have at least {LEAST_EXAMPLES} examples"
    return Finding(
        "too-few-examples",
        f"{rows} example{'s' * (rows != 1)}, at least {LEAST_EXAMPLES} are needed",
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
