"""What looks like a rename that the manifest does not tell of: a hint, with the lines to write.

A run of an equal spec that stands is adopted under its new name anyway. What is left is a run that
was edited as well, or failed, or whose job the API shows no more, and a file whose name tells
nothing. Whether `moved` would save it is not guessed: the plan is made a second time, with it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler.core.address import Address
from reconciler.core.fields import field_changes, flatten, telling
from reconciler.core.plan import Change, Finding, Severity
from reconciler.core.reasons import label
from reconciler.core.resource import Record, Resource
from reconciler.core.view import Item, View
from reconciler.core.words import change, listed

COMPARED = 2_500
"""Pairs of specs that are compared at most: beyond that only equal ones are found."""

_Left = dict[Address, Record]


def lookalikes(view: View, items: Iterable[Item]) -> Mapping[Address, Address]:
    """New address → the undeclared one that it probably had."""
    made = sorted(_made(view, items))
    left = {a: r for a, r in view.undeclared if a not in view.desired.removed and not r.imported}
    found: dict[Address, Address] = {}
    is_many = len(made) * len(left) > COMPARED
    for address in made if left else ():
        resource = view.desired.resources[address]
        if source := _nearest(resource, left, is_many=is_many):
            found[address] = source
            del left[source]
    return found


def _made(view: View, items: Iterable[Item]) -> Iterator[Address]:
    """What is made at an address that nothing is recorded at, and that came from nowhere."""
    known = view.records.keys() | view.desired.moved.keys()
    for item in items:
        if isinstance(item, Change) and item.action.makes and item.address not in known:
            yield item.address


def _nearest(resource: Resource, left: _Left, *, is_many: bool) -> Address | None:
    """The record whose spec is most alike: more than half of the fields are equal."""
    of_kind = ((a, r) for a, r in left.items() if a.kind == resource.address.kind)
    likely = [
        (_distance(resource, record), address)
        for address, record in of_kind
        if not is_many or record.fingerprint == resource.fingerprint
    ]
    distance, address = min(likely, default=(1.0, resource.address))
    return address if distance < 0.5 else None  # noqa: PLR2004  # half


def _distance(resource: Resource, record: Record) -> float:
    """The share of fields that differ."""
    if record.fingerprint == resource.fingerprint:
        return 0.0
    fields = flatten(record.spec).keys() | flatten(resource.spec).keys()
    return len(field_changes(record.spec, resource.spec)) / len(fields)


def hints(view: View, pairs: Mapping[Address, Address], again: Sequence[Item]) -> Iterator[Finding]:
    """What to say of each pair.

    Args:
        again: what would happen if `moved` told of them all.
    """
    made = {item.address for item in again if isinstance(item, Change) and item.action.makes}
    for address, source in pairs.items():
        cure = f"moved: [{{from: {source}, to: {address}}}]"
        if address not in made:
            yield _saved(view, address, source, cure, _instead(address, again))
        elif view.is_run(address):
            yield _paid_anyway(view, address, source, cure)


def _instead(address: Address, again: Sequence[Item]) -> str:
    """What would happen to the address if it were told."""
    said = (
        f"{item.action.word}, {item.reason}" if isinstance(item, Change) else item.what
        for item in again
        if isinstance(item, Change | Finding) and item.address == address
    )
    return next(said, "nothing to do: it had finished")


def _saved(view: View, address: Address, source: Address, cure: str, instead: str) -> Finding:
    is_run = view.is_run(address)
    lost = "paid for" if is_run else "uploaded again"
    return Finding(
        Severity.WARNING if is_run else Severity.NOTE,
        address,
        f"{address} is {lost}, which would be saved by `moved` if it is {source} renamed",
        why=f"with it: {instead}",
        cure=cure,
    )


def _paid_anyway(view: View, address: Address, source: Address, cure: str) -> Finding:
    record, resource = view.records[source], view.desired.resources[address]
    words, changes = [], telling(field_changes(record.spec, resource.spec))
    for item in changes:
        before, after = change(item.before, item.after)
        words.append(f"{label(item.field, changes)}  {before} → {after}")
    if record.attempt.generation != resource.generation:
        words.append(f"generation  {record.attempt.generation} → {resource.generation}")
    return Finding(
        Severity.NOTE,
        address,
        f"{address} looks like {source} renamed and edited; `moved` would show it as one change",
        why=f"it trains either way: {listed(words)}",
        cure=cure,
    )
