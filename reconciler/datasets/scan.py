"""The scan of one dataset: digest, size, rows, format and findings in one pass over its bytes."""

from pathlib import Path

from reconciler.datasets.block import blocks, hold_memory
from reconciler.datasets.crew import LARGE, WorkerLost, cores, read_by_crew
from reconciler.datasets.dataset import Dataset, Scan
from reconciler.datasets.digest import drain, reading
from reconciler.datasets.part import Part
from reconciler.datasets.shape import Shape
from reconciler.datasets.tokens import TokenCount
from reconciler.datasets.verdict import problems_of
from reconciler.sources import LocalFile, Version


def scan(
    path: Path, *, shown: str, purpose: str = "fine-tune", encodings: tuple[str, ...] = ()
) -> Scan:
    """Read a file that no manifest names; see `scan_dataset`."""
    return scan_dataset(Dataset(LocalFile(str(path)), shown, purpose, encodings))


def scan_dataset(dataset: Dataset, crew: int | None = None, version: Version | None = None) -> Scan:
    """Read a file once.

    Args:
        version: the one that is to be read, if it is known.
        crew: how many processes judge a large file; by default as many as can work at once.

    Raises:
        InvalidInput: the file cannot be read, or changed while it was.
    """
    try:
        return _scan(dataset, cores() if crew is None else crew, version)
    except WorkerLost:
        return _scan(dataset, 1, version)


def _scan(dataset: Dataset, crew: int, version: Version | None) -> Scan:
    with reading(dataset.source, dataset.shown, version) as (source, reader):
        if dataset.purpose != "fine-tune":
            drain(reader)
            return Scan(source.sha256, source.bytes)
        tokens, shape = TokenCount(dataset.encodings), Shape()
        watchers = (tokens, shape)
        if is_large := source.size >= LARGE:
            hold_memory()
        if crew > 1 and is_large:
            part = read_by_crew(blocks(reader), watchers, crew, source.descriptor)
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
