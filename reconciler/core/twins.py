"""Second live objects of one attempt: one is kept, the rest is retired, and said loudly."""

from collections.abc import Iterator
from typing import NamedTuple

from reconciler.core.address import Address
from reconciler.core.resource import Attempt, Lifecycle, Marker, Observed
from reconciler.core.view import View, is_active


class Twin(NamedTuple):
    """A live object to retire, the address in its marker, and why."""

    address: Address
    seen: Observed
    why: str


def twins(view: View, lifecycle: Lifecycle) -> Iterator[Twin]:
    """Every second object of an attempt that a standing one has; those that ended are history."""
    strays = _strays(view, lifecycle)
    kept = _standing(view) if strays else {}
    for marker, seen in sorted(strays, key=lambda stray: stray[1].id):
        if id_ := kept.get(_key(marker)):
            yield Twin(marker.address, seen, f"a second live object of one attempt; {id_} is kept")


def _strays(view: View, lifecycle: Lifecycle) -> list[tuple[Marker, Observed]]:
    """Ours, alive, and nothing stands on it."""
    held, used = view.held, view.matches.used
    return [
        (seen.marker, seen)
        for seen in view.live.objects.values()
        if seen.marker
        and seen.id not in used
        and seen.id not in held
        and view.kinds[seen.kind].lifecycle is lifecycle
        and (lifecycle is Lifecycle.STORED or is_active(seen))
    ]


def _standing(view: View) -> dict[tuple[Address, str, Attempt], str]:
    """What an address stands on → its id; of several the first, however they were read."""
    standing = [match.seen for match in view.matches.chosen.values()]
    standing += [seen for address in view.records if (seen := view.seen(address))]
    last_first = sorted(standing, key=lambda seen: seen.id, reverse=True)
    return {_key(seen.marker): seen.id for seen in last_first if seen.marker}


def _key(marker: Marker) -> tuple[Address, str, Attempt]:
    return marker.address, marker.fingerprint, marker.attempt
