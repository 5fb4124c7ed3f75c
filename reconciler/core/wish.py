"""What a person wants besides what the manifest says: `--replace` and `--cancel-first`."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from reconciler.core.address import Address
from reconciler.core.guards import matches
from reconciler.core.resource import Desired


@dataclass(frozen=True, slots=True)
class Wish:
    """Addresses or patterns (`jobs.sweep`), as they were typed.

    Attributes:
        replaced: made anew, although nothing differs.
        cancelled_first: a run there that is replaced ends before the new one is made.
    """

    replaced: tuple[str, ...] = ()
    cancelled_first: tuple[str, ...] = ()


def wished(desired: Desired, wish: Wish) -> Desired:
    """What is declared, with what is wished for it."""
    if wish == Wish():
        return desired
    return replace(
        desired,
        renewed=_named(desired, wish.replaced),
        cancelled_first=_named(desired, wish.cancelled_first),
    )


def _named(desired: Desired, patterns: Collection[str]) -> frozenset[Address]:
    return frozenset(a for a in desired.resources if matches(a, patterns))
