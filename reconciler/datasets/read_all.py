"""Datasets that are new or changed: read side by side, and remembered."""

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import count

from reconciler.datasets.cache import DigestCache
from reconciler.datasets.dataset import Dataset, Scan
from reconciler.datasets.digest import identity, status_of
from reconciler.datasets.scan import scan_dataset
from reconciler.datasets.versions import MOST_KEPT
from reconciler.errors import InvalidInput, Problem

AT_ONCE = min(4, os.cpu_count() or 1)
"""Files read side by side; hashing leaves the interpreter to others, parsing does not."""


def read_all(
    datasets: Mapping[str, Dataset], cache: DigestCache, now: Callable[[], int]
) -> dict[str, Scan | Problem]:
    """The scan of each dataset by name, or why it could not be read; the cache is not saved."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        scans = pool.map(lambda n, one: _read(n, one, cache, now), count(), datasets.values())
        return dict(zip(datasets, scans, strict=True))


def _read(
    number: int, dataset: Dataset, cache: DigestCache, now: Callable[[], int]
) -> Scan | Problem:
    try:
        began, before = now(), status_of(dataset.path)
        found = scan_dataset(dataset)
    except InvalidInput as error:
        return error.problems[0]
    # The scan sees that the file it opened did not change; this, that the path led to no other one.
    after = status_of(dataset.path)
    if before and after and identity(before) == identity(after):
        cache.put(dataset, before, found, began)
    if number < MOST_KEPT:  # one more would only push out another
        cache.keep_version(found)
    names: frozenset[str] = frozenset()
    examples = found.examples if dataset.is_compared else None
    return found._replace(examples=examples, roles=names, tools=names)
