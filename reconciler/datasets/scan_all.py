"""All datasets of a manifest: the unchanged from the cache, the others read side by side."""

import time
from collections.abc import Callable, Mapping

from reconciler.datasets.cache import DigestCache
from reconciler.datasets.dataset import Dataset, Scan
from reconciler.datasets.digest import status_of
from reconciler.errors import Problem


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
    changed: dict[str, Dataset] = {}
    for name, dataset in datasets.items():
        status = status_of(dataset.path)
        known = status and cache.get(dataset, status)
        if known:
            results[name] = known
        else:
            changed[name] = dataset
    if changed:
        from reconciler.datasets.read_all import read_all  # noqa: PLC0415  # seldom: all the rules

        results |= read_all(changed, cache, now)
        cache.save()
    return {name: results[name] for name in datasets}
