"""Second live objects of one attempt: one is kept, the rest is retired, and said loudly."""

from collections.abc import Iterator
from typing import NamedTuple

from reconciler.core.address import Address
from reconciler.core.resource import Attempt, Lifecycle, Marker, Observed
from reconciler.core.view import View, is_active


class Stray(NamedTuple):
    """Ours, alive, and nothing stands on it; the address is that of its marker."""

    address: Address
    seen: Observed
    marker: Marker


class Twin(NamedTuple):
    """A live object to retire, the address in its marker, and why."""

    address: Address
    seen: Observed
    why: str


def twins(view: View, lifecycle: Lifecycle) -> Iterator[Twin]:
    """Every second object of an attempt that a standing one has; those that ended are history."""
    found = strays(view, lifecycle)
    kept = _standing(view) if found else {}
    for address, seen, marker in sorted(found, key=lambda stray: stray.seen.id):
        if id_ := kept.get(_key(marker)):
            yield Twin(address, seen, f"a second live object of one attempt; {id_} is kept")


def strays(view: View, lifecycle: Lifecycle) -> list[Stray]:
    """Ours of one lifecycle that are alive, and that neither a record nor a desire holds."""
    held, used = view.held, view.matches.used
    return [
        Stray(seen.marker.address, seen, seen.marker)
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
