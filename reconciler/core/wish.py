"""What a person wants besides what the manifest says: `--replace`, `--force-promote` and more."""

from collections.abc import Collection

from msgspec import Struct
from msgspec.structs import replace

from reconciler.core.address import Address
from reconciler.core.guards import matches
from reconciler.core.resource import Desired


class Wish(Struct, frozen=True):
    """Addresses or patterns (`jobs.sweep`), as they were typed.

    Attributes:
        replaced: made anew, although nothing differs.
        retried: a run there that failed is tried once more.
        cancelled_first: a run there that is replaced ends before the new one is made.
        promoted: aliases that are promoted whatever is not known of them, or was not as expected.
        reason: why, in the person's words; it is kept with what is done so.
    """

    replaced: tuple[str, ...] = ()
    cancelled_first: tuple[str, ...] = ()
    promoted: tuple[str, ...] = ()
    reason: str = ""
    retried: tuple[str, ...] = ()


def wished(desired: Desired, wish: Wish) -> Desired:
    """What is declared, with what is wished for it."""
    if wish == Wish():
        return desired
    return replace(
        desired,
        renewed=_named(desired, wish.replaced),
        retried=_named(desired, wish.retried),
        cancelled_first=_named(desired, wish.cancelled_first),
        forced=_named(desired, wish.promoted),
        why=wish.reason,
    )


def _named(desired: Desired, patterns: Collection[str]) -> frozenset[Address]:
    return frozenset(a for a in desired.resources if matches(a, patterns))
