"""Fingerprints that are told in part.

A stored object's fingerprint ends in a figure that some servers leave out (a file's `bytes` may be
null). Its marker then ends in `?`, and means the fingerprint that begins in the same way.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from reconciler.core.resource import Live, Marker, Observed

UNTOLD = "?"


def agrees(said: str, fingerprint: str) -> bool:
    """Whether what a marker says, in whole or in part, is this fingerprint."""
    return said == fingerprint or (said.endswith(UNTOLD) and fingerprint.startswith(said[:-1]))


def completed(live: Live, known: Iterable[str]) -> Live:
    """The same objects, each partial fingerprint completed where a known one begins like it.

    Args:
        known: the fingerprints that are desired, recorded or pending.
    """
    partial = [
        (seen, seen.marker)
        for seen in live.objects.values()
        if seen.marker and seen.marker.fingerprint.endswith(UNTOLD)
    ]
    if not partial:
        return live
    whole = {fingerprint.rpartition(":")[0]: fingerprint for fingerprint in known}
    objects = {seen.id: _whole(seen, marker, whole) for seen, marker in partial}
    return replace(live, objects={**live.objects, **objects})


def _whole(seen: Observed, marker: Marker, whole: dict[str, str]) -> Observed:
    fingerprint = whole.get(marker.fingerprint.rpartition(":")[0], marker.fingerprint)
    return replace(seen, marker=replace(marker, fingerprint=fingerprint))
