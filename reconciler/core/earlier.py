"""What an address stood for before: kept so that lineage knows who made it.

It decides nothing, but tells what a run is counted at that was let go of and goes on.
"""

from typing import Final, NamedTuple

from msgspec.structs import replace

from reconciler.core.address import Address
from reconciler.core.resource import AUTHORED, Record

EARLIER_KEPT: Final = 1000
"""Records that a state keeps of what its addresses stood for; older ones are let go."""


class Earlier(NamedTuple):
    """An address, and the record that it had."""

    address: Address
    record: Record


def is_signed(record: Record) -> bool:
    """Whether it tells who made its object: else it says no more than the object itself."""
    return any(name in record.facts for name in AUTHORED)


def signed_again(record: Record, before: Earlier | None) -> Record:
    """The record of an object that stands for an address again, with who made it."""
    if before is None:
        return record
    made = {n: told for n, told in before.record.facts.items() if n in AUTHORED}
    return replace(record, facts={**record.facts, **made})
