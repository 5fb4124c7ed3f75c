"""What a create writes down before its request, and what is looked for where its answer is lost."""

from collections.abc import Callable, Collection

from reconciler.core.entries import Intent
from reconciler.core.plan import Change
from reconciler.core.resource import Observed, Resource
from reconciler.core.settle import is_made_by
from reconciler.errors import ReconcilerError
from reconciler.kinds.kind import Kind
from reconciler.rig import Rig

SEND_WITHIN = 60
"""Seconds after its intent within which a create is sent, or never."""


def in_time(clock: Callable[[], float]) -> Callable[[], bool]:
    """Asked just before the first byte: the intent promises that nothing is sent later."""
    until = clock() + SEND_WITHIN
    return lambda: clock() < until


def intent_of(
    change: Change, resource: Resource, reads: tuple[str, ...], rig: Rig, *, is_paid: bool
) -> Intent:
    """What is written before the request, by the clock of the API."""
    now = rig.api.now()
    return Intent(
        op=rig.new_op(),
        address=change.address,
        fingerprint=resource.fingerprint,
        attempt=change.attempt,
        spec=resource.spec,
        reads=reads,
        begun=now,
        not_after=None if now is None else now + SEND_WITHIN,
        facts={**resource.facts, **rig.author().facts(is_paid=is_paid)},
        protect=resource.protect,
    )


def look_for(intent: Intent, kind: Kind, held: Collection[str], rig: Rig) -> Observed | None:
    """The object that carries the intent's marker, if a list shows it and nothing holds it."""
    try:
        objects = list(kind.observe(rig.api, rig.owners))
    except ReconcilerError:
        return None  # the doubt is the error to tell, not that looking failed too
    new = (s for s in objects if s.kind == kind.name and s.id not in held)
    finds = [seen for seen in new if is_made_by(intent, seen, kind)]
    return finds[0] if len(finds) == 1 or (finds and finds[0].marker) else None
