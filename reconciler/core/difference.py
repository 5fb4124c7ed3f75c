"""Where a change comes from: an edit, drift, or what is live. It is said, and decides nothing."""

from collections.abc import Collection, Iterable, Iterator

from msgspec.structs import replace

from reconciler.core.address import Address
from reconciler.core.match import is_recorded_as
from reconciler.core.plan import Action, Change, Difference
from reconciler.core.resource import REASON, Lifecycle
from reconciler.core.view import View


def told_apart(
    view: View, changes: Iterable[Change], drifted: Collection[Address]
) -> Iterator[Change]:
    """The changes, each with the difference that it comes from.

    An edit stands over drift: where both are, the edit alone would have led to the change.
    """
    told = [replace(c, difference=_difference(view, c, drifted)) for c in changes]
    heads = {change.address: change.difference for change in told if not change.follows}
    for change in told:
        yield replace(change, difference=heads[change.follows]) if change.follows else change


def _difference(view: View, change: Change, drifted: Collection[Address]) -> Difference:
    is_tried = change.resource is not None and REASON in change.resource.facts
    if change.address in view.anew or is_tried:
        return Difference.ASKED
    resource = view.desired.resources.get(change.address)
    if view.is_a(Lifecycle.POINTER, change.address):
        return Difference.LIVE if resource and resource.refs else Difference.EDIT
    record = view.records.get(change.address)
    if change.action is Action.ADOPT:
        is_known = record is not None or change.id in view.held
        return Difference.EDIT if is_known else Difference.LIVE
    if not change.resource and change.id and (record is None or change.id != record.id):
        # What was replaced earlier; or the second object of an attempt, of which only lists tell.
        return Difference.EDIT if change.id in view.held else Difference.LIVE
    is_held = change.action in (Action.PAUSE, Action.RESUME)
    if is_held or (resource and is_recorded_as(resource, record)):
        otherwise = Difference.EDIT if is_held else Difference.LIVE
        return Difference.DRIFT if change.address in drifted else otherwise
    return Difference.EDIT
