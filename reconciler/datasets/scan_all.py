"""All datasets of a manifest: the unchanged from the cache, the others read side by side."""

import os
import time
from collections.abc import Callable, Mapping

from reconciler.datasets.cache import DigestCache
from reconciler.datasets.digest import identity
from reconciler.datasets.scan import Dataset, Scan, scan_dataset
from reconciler.errors import InvalidInput, Problem

AT_ONCE = min(4, os.cpu_count() or 1)
"""Files read side by side; hashing leaves the interpreter to others, parsing does not."""


def scan_all(
    datasets: Mapping[str, Dataset], cache: DigestCache, now: Callable[[], int] = time.time_ns
) -> dict[str, Scan | Problem]:
    """The scan of each dataset by name, or why it could not be read.

    An unchanged file costs one `stat`. The cache is saved.

    Args:
        datasets: by any name, which is that of the result.
        cache: of the manifest's folder.
        now: the wall clock in nanoseconds, to compare with the files' own times.
    """
    results: dict[str, Scan | Problem] = {}
    cold: list[str] = []
    for name, dataset in datasets.items():
        known = _known(dataset, cache)
        if known is None:
            cold.append(name)
        else:
            results[name] = known
    results |= _read(cold, datasets, cache, now)
    cache.save()
    return {name: results[name] for name in datasets}


def _known(dataset: Dataset, cache: DigestCache) -> Scan | None:
    status = _status(dataset.path)
    if status is None:
        return None
    return cache.get(dataset, status)


def _read(
    names: list[str],
    datasets: Mapping[str, Dataset],
    cache: DigestCache,
    now: Callable[[], int],
) -> dict[str, Scan | Problem]:
    if not names:
        return {}
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - a plan without changes needs none

    with ThreadPoolExecutor(AT_ONCE) as pool:
        scans = pool.map(lambda name: _scan(datasets[name], cache, now), names)
        return dict(zip(names, scans, strict=True))


def _scan(dataset: Dataset, cache: DigestCache, now: Callable[[], int]) -> Scan | Problem:
    try:
        began, before = now(), _status(dataset.path)
        found = scan_dataset(dataset)
    except InvalidInput as error:
        return error.problems[0]
    # The scan sees that the file it opened did not change; this, that the path led to no other one.
    after = _status(dataset.path)
    if before and after and identity(before) == identity(after):
        cache.put(dataset, before, found, began)
    cache.keep_version(found)
    names: frozenset[str] = frozenset()
    examples = found.examples if dataset.is_compared else None
    return found._replace(examples=examples, roles=names, tools=names)


def _status(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)  # noqa: PTH116  # a `Path` costs more than the call
    except (OSError, ValueError):
        return None  # the scan says what is wrong with it
