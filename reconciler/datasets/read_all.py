"""Datasets that are new or changed: read side by side, and remembered."""

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import count

from msgspec.structs import replace

from reconciler.datasets.cache import DigestCache
from reconciler.datasets.dataset import Dataset, Scan
from reconciler.datasets.scan import scan_dataset
from reconciler.datasets.versions import MOST_KEPT
from reconciler.errors import InvalidInput, Problem
from reconciler.sources import Version

AT_ONCE = min(4, os.cpu_count() or 1)
"""Files read side by side; hashing leaves the interpreter to others, parsing does not."""


def read_all(
    datasets: Mapping[str, Dataset],
    versions: Mapping[str, Version | None],
    cache: DigestCache,
    now: Callable[[], int],
) -> dict[str, Scan | Problem]:
    """The scan of each dataset by name, or why it could not be read; the cache is not saved.

    Args:
        versions: that of each name, as it was a moment ago.
    """

    def read(number: int, name: str) -> Scan | Problem:
        return _read(number, datasets[name], versions[name], cache, now)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(datasets, pool.map(read, count(), datasets), strict=True))


def _read(
    number: int,
    dataset: Dataset,
    version: Version | None,
    cache: DigestCache,
    now: Callable[[], int],
) -> Scan | Problem:
    try:
        began = now()
        found = scan_dataset(dataset, version=version)
    except InvalidInput as error:
        return error.problems[0]
    # The scan sees that the file it opened did not change; this, that the path led to no other one.
    if version and dataset.source.leads_to(version):
        cache.put(dataset, version, found, began)
    if number < MOST_KEPT:  # one more would only push out another
        cache.keep_version(found)
    names: frozenset[str] = frozenset()
    examples = found.examples if dataset.is_compared else None
    return replace(found, examples=examples, roles=names, tools=names)
