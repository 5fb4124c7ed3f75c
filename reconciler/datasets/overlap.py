"""The examples that two datasets share: remembered, or found by their digests."""

from reconciler.datasets.block import blocks
from reconciler.datasets.cache import DigestCache
from reconciler.datasets.dataset import Dataset, Scan
from reconciler.datasets.digest import changed, reading
from reconciler.datasets.examples import Examples
from reconciler.datasets.notes import Lines

Known = tuple[Dataset, Scan]
"""A dataset, and what is known of it."""


def overlap(training: Known, validation: Known, cache: DigestCache) -> Lines:
    """The lines of the validation file that are in the training file, too.

    A file that did not change is read again only when the other one did; a training file not even
    then, if what its rows are was kept.

    Raises:
        InvalidInput: a file cannot be read any more, or is another one than it was.
    """
    digests = training[1].sha256, validation[1].sha256
    found = cache.overlap(*digests)
    if found is None:
        found = _examples(*validation).shared(_learned(*training, cache))
        cache.put_overlap(*digests, found)
    return found


def _learned(dataset: Dataset, scan: Scan, cache: DigestCache) -> Examples:
    """What is trained on: which rows, and in no order."""
    rows = cache.rows_of(scan.sha256) if scan.examples is None else None
    return _examples(dataset, scan) if rows is None else Examples.unordered(rows)


def _examples(dataset: Dataset, scan: Scan) -> Examples:
    if scan.examples is not None:
        return scan.examples
    found = Examples()
    with reading(dataset.source, dataset.shown) as (source, reader):
        for block in blocks(reader):
            found.add_all(block.lines(), block.first)
        if source.sha256 != scan.sha256:  # what is found is remembered of that digest
            raise changed(dataset.shown)
    return found
