"""The scan of one dataset: digest, size, rows, format and findings in one pass over its bytes."""

from pathlib import Path
from typing import NamedTuple

from reconciler.datasets.block import blocks
from reconciler.datasets.digest import drain, reading
from reconciler.datasets.finding import Format
from reconciler.datasets.part import Part
from reconciler.datasets.tokens import TokenCount, Tokens
from reconciler.datasets.verdict import problems_of
from reconciler.errors import Problem


class Scan(NamedTuple):
    """What is known of a dataset.

    Attributes:
        sha256: of its bytes, in hex.
        bytes: its size.
        rows: examples, blank lines not counted; 0 when the purpose has no rules.
        format: of most rows; `unknown` when no row tells, or the purpose has no rules.
        problems: the first 40 by line, errors before warnings; `more` counts the rest.
        tokens: of one pass of training; nothing when the purpose has no rules.
    """

    sha256: str
    bytes: int
    rows: int = 0
    format: Format = "unknown"
    problems: tuple[Problem, ...] = ()
    more: int = 0
    tokens: Tokens = Tokens()


def scan(
    path: Path, *, shown: str, purpose: str = "fine-tune", encodings: tuple[str, ...] = ()
) -> Scan:
    """Read a file once; rules are known for the purpose `fine-tune` alone.

    Args:
        path: the file; whether it may be read at all is settled before.
        shown: its name in findings, as the manifest writes it.
        purpose: the API's purpose of the file.
        encodings: to count its tokens with; without one they are estimated.

    Raises:
        InvalidInput: the file cannot be read, or changed while it was.
    """
    with reading(path, shown) as (source, reader):
        if purpose != "fine-tune":
            drain(reader)
            return Scan(source.sha256, source.bytes)
        tokens = TokenCount(encodings)
        part = Part([tokens])
        for block in blocks(reader):
            part.read(block)
        problems, more = problems_of(part, shown)
        known = (source.sha256, source.bytes, part.rows, part.format())
        return Scan(*known, problems, more, tokens.tokens)
