"""All datasets of a manifest: the unchanged from the cache, the others read side by side."""

import time
from collections.abc import Callable, Mapping

from reconciler.datasets.cache import DigestCache
from reconciler.datasets.dataset import Dataset, Scan
from reconciler.errors import Problem
from reconciler.sources import Version

AT_ONCE = 16
"""Objects elsewhere that are asked for their versions side by side."""


def scan_all(
    datasets: Mapping[str, Dataset], cache: DigestCache, now: Callable[[], int] = time.time_ns
) -> dict[str, Scan | Problem]:
    """The scan of each dataset by name, or why it could not be read.

    An unchanged file costs one `stat`, an unchanged object one HEAD. The cache is saved.

    Args:
        datasets: by any name, which is that of the result.
        cache: of the manifest's folder.
        now: the wall clock in nanoseconds, to compare with the files' own times.
    """
    results: dict[str, Scan | Problem] = {}
    changed: dict[str, Dataset] = {}
    versions = _versions(datasets)
    for name, dataset in datasets.items():
        version = versions[name]
        known = version and cache.get(dataset, version)
        if known:
            results[name] = known
        else:
            changed[name] = dataset
    if changed:
        from reconciler.datasets.read_all import read_all  # noqa: PLC0415  # seldom: all the rules

        results |= read_all(changed, versions, cache, now)
        cache.save()
    return {name: results[name] for name in datasets}


def _versions(datasets: Mapping[str, Dataset]) -> dict[str, Version | None]:
    """What is there now; those that are elsewhere are asked for side by side."""
    found = {n: one.source.version() for n, one in datasets.items() if not one.source.is_far}
    far = {name: one.source for name, one in datasets.items() if one.source.is_far}
    if not far:
        return found
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  # a plan may need none

    with ThreadPoolExecutor(AT_ONCE) as pool:
        asked = pool.map(lambda source: source.version(), far.values())
        return found | dict(zip(far, asked, strict=True))
