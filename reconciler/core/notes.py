"""Differences that nothing follows from: said once, so that nobody waits for them to happen."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from reconciler.core.address import Address
from reconciler.core.fields import FieldChange, field_changes, telling
from reconciler.core.fingerprint import is_fingerprint
from reconciler.core.match import is_recorded_as
from reconciler.core.plan import Finding, Severity
from reconciler.core.reasons import label
from reconciler.core.resource import Observed, Record, Resource
from reconciler.core.view import View
from reconciler.core.words import change, listed

_Found = Mapping[str, dict[Address, tuple[FieldChange, ...]]]

_SAYS: Mapping[str, tuple[str, str]] = {
    "metadata": (
        "the metadata of {} is set when a job is made, and stays as it is",
        "what is made next gets it; it trains nothing again",
    ),
    "integrations": (
        "the integrations of {} are set when a job is made, and stay as they are",
        "what is made next gets them; they train nothing again",
    ),
    "expires_after": (
        "expires_after of {} is set at the upload, and stays as it is",
        "what is uploaded next gets it",
    ),
    "rebind": (
        "{}: the manifest now says what the server made of it; nothing is trained again",
        "",
    ),
    "protected": ("protected from the next apply on: {}", ""),
    "unprotected": (
        "no longer protected from the next apply on: {}",
        "a plan may then delete or cancel it",
    ),
}
"""Topic → what to say of the addresses, and what follows."""


def notes(view: View) -> Iterator[Finding]:
    """One note a topic, about all addresses that it concerns."""
    found = _found(view)
    for topic, (what, then) in _SAYS.items():
        if addresses := sorted(found.get(topic, ())):
            first = addresses[0]
            shown = _example(first, found[topic][first], is_one=len(addresses) == 1)
            why = "\n".join(filter(None, (shown, then)))
            yield Finding(Severity.NOTE, first, what.format(listed(addresses)), why=why)


def _found(view: View) -> _Found:
    found: dict[str, dict[Address, tuple[FieldChange, ...]]] = defaultdict(dict)
    for address, (seen, _) in view.matches.chosen.items():
        if address in view.at_rest:
            continue
        resource = view.desired.resources[address]
        for item in view.kinds[address.kind].beside(resource, seen):
            topic = item.field.partition(".")[0]
            found[topic][address] = (*found[topic].get(address, ()), item)
        if record := view.records.get(address):
            for topic, changes in _recorded(resource, record, seen):
                found[topic][address] = changes
    return found


def _recorded(
    resource: Resource, record: Record, seen: Observed
) -> Iterator[tuple[str, tuple[FieldChange, ...]]]:
    """An edit that only the record follows; of what stands for the address already."""
    if record.id != seen.id:
        return
    if record.protect is not resource.protect:
        yield ("protected" if resource.protect else "unprotected"), ()
    if not is_recorded_as(resource, record) and (changes := tuple(_edits(resource, record))):
        yield "rebind", changes


def _edits(resource: Resource, record: Record) -> Iterator[FieldChange]:
    """What somebody wrote; the spec of a base that was written otherwise is told of that one."""
    for item in field_changes(record.spec, resource.spec):
        if not is_fingerprint(item.after):
            yield item
        elif not is_fingerprint(item.before):
            yield item._replace(after=str(resource.refs[item.field]))


def _example(address: Address, changes: tuple[FieldChange, ...], *, is_one: bool) -> str:
    """`team: billing → support`, of the first address; of several fields the first three."""
    words = []
    for item in telling(changes):
        before, after = change(item.before, item.after)
        words.append(f"{label(item.field, changes)}  {before} → {after}")
    text = listed(words)
    return text if is_one or not text else f"{address}: {text}"
