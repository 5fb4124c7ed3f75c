"""The scan of one dataset: digest, size, rows, format and findings in one pass over its bytes."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from reconciler.datasets.block import blocks
from reconciler.datasets.crew import LARGE, WorkerLost, cores, read_by_crew
from reconciler.datasets.digest import drain, reading
from reconciler.datasets.examples import Examples
from reconciler.datasets.finding import Format
from reconciler.datasets.part import Part
from reconciler.datasets.shape import Shape
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
        keys: of examples for reinforcement, with the number of those that have it.
        prompt: a digest of the system prompt of nearly all examples; empty where there is none.
        examples: their digests, where they are to be compared with another file's.
        roles, tools: the names of who speaks and of what can be called; of a fresh scan alone.
    """

    sha256: str
    bytes: int
    rows: int = 0
    format: Format = "unknown"
    problems: tuple[Problem, ...] = ()
    more: int = 0
    tokens: Tokens = Tokens()
    keys: Mapping[str, int] = {}
    prompt: str = ""
    examples: Examples | None = None
    roles: frozenset[str] = frozenset()
    tools: frozenset[str] = frozenset()


class Dataset(NamedTuple):
    """A file to scan.

    Attributes:
        path: the file; whether it may be read at all is settled before.
        shown: its name in findings, as the manifest writes it.
        purpose: the API's purpose of it; rules are known for `fine-tune` alone.
        encodings: to count its tokens with; without one they are estimated.
        is_compared: with another dataset, so that its examples are kept.
    """

    path: str
    shown: str
    purpose: str = "fine-tune"
    encodings: tuple[str, ...] = ()
    is_compared: bool = False


def scan(
    path: Path, *, shown: str, purpose: str = "fine-tune", encodings: tuple[str, ...] = ()
) -> Scan:
    """Read a file that no manifest names; see `scan_dataset`."""
    return scan_dataset(Dataset(str(path), shown, purpose, encodings))


def scan_dataset(dataset: Dataset, crew: int | None = None) -> Scan:
    """Read a file once.

    Args:
        crew: how many processes judge a large file; by default as many as can work at once.

    Raises:
        InvalidInput: the file cannot be read, or changed while it was.
    """
    try:
        return _scan(dataset, cores() if crew is None else crew)
    except WorkerLost:
        return _scan(dataset, 1)


def _scan(dataset: Dataset, crew: int) -> Scan:
    path = Path(dataset.path)
    with reading(path, dataset.shown) as (source, reader):
        if dataset.purpose != "fine-tune":
            drain(reader)
            return Scan(source.sha256, source.bytes)
        tokens, shape = TokenCount(dataset.encodings), Shape()
        watchers = (tokens, shape)
        if crew > 1 and path.stat().st_size >= LARGE:
            part = read_by_crew(blocks(reader), watchers, crew)
        else:
            part = Part(watchers)
            for block in blocks(reader):
                part.read(block)
        problems, more = problems_of(part, dataset.shown)
        return Scan(
            source.sha256,
            source.bytes,
            part.rows,
            part.format(),
            problems,
            more,
            tokens.tokens,
            part.keys.count,
            part.quality.prompt,
            part.quality.examples,
            frozenset(shape.roles),
            frozenset(shape.tools),
        )
