"""What is live, as far as the state alone knows: for a plan without an endpoint and its key."""

from collections.abc import Iterator

from reconciler.core.resource import Live, Marker, Observed, Phase
from reconciler.core.state import State


def as_recorded(state: State) -> Live:
    """Every recorded object as it was when it was recorded; nothing is known to be gone.

    What was replaced is of an unknown phase, so nothing destructive is planned for it.
    """
    return Live({seen.id: seen for seen in _objects(state)})


def _objects(state: State) -> Iterator[Observed]:
    for address, record in state.records.items():
        yield Observed(
            address.kind,
            record.id,
            record.phase,
            record.status,
            record.created_at,
            marker=Marker(address, record.fingerprint, record.attempt),
            reads=record.reads,
            expires_at=record.expires_at,
            facts=record.facts,
        )
    for old in state.deposed.values():
        yield Observed(old.address.kind, old.id, Phase.UNKNOWN, "replaced", 0, reads=old.reads)
