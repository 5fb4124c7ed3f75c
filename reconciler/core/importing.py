"""Whether a live object is what the manifest says of the address that it is imported to.

Every field that can be read back has to be equal. What cannot be read (data that is gone, what a
server does not tell) is taken as the manifest has it: that is what an import says.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.core.bare import SAID_BY_US, is_said
from reconciler.core.fields import FieldChange, flatten
from reconciler.core.resource import MODEL, Observed, Resource
from reconciler.core.view import View
from reconciler.core.words import change, listed

MOST_NAMED = 20
"""Fields that differ."""


def import_differences(view: View, resource: Resource, seen: Observed) -> tuple[FieldChange, ...]:
    """What differs, by field: as the manifest says it, then as it is live."""
    resolved = view.kinds[resource.address.kind].resolved(seen)
    wanted = {f: v for f, v in flatten(resource.spec).items() if f not in resource.refs}
    return (*_fields(wanted, resolved), *_references(view, resource, seen, resolved))


def _fields(wanted: Mapping[str, Any], resolved: Mapping[str, Any]) -> Iterator[FieldChange]:
    for field in sorted(wanted.keys() & resolved.keys()):
        if wanted[field] != "auto" and not is_said(wanted[field], resolved[field]):
            yield FieldChange(field, wanted[field], resolved[field])
    for field in SAID_BY_US:
        told = resolved.get(field)
        if field not in wanted and told not in (None, "", "supervised"):
            yield FieldChange(field, None, told)


def _references(
    view: View, resource: Resource, seen: Observed, resolved: Mapping[str, Any]
) -> Iterator[FieldChange]:
    """What it reads, and what it starts from."""
    runs = {field: ref for field, ref in resource.refs.items() if view.is_run(ref)}
    for field, ref in runs.items():
        match = view.matches.chosen.get(ref)
        model = match.seen.facts.get(MODEL) if match else None
        if ref in view.unbound or resolved.get(field) not in (None, model):
            yield FieldChange(field, str(ref), resolved[field])
    stored = {field: ref for field, ref in resource.refs.items() if field not in runs}
    pairs = zip(stored, seen.reads, strict=False)
    if len(stored) != len(seen.reads) and seen.reads:
        yield FieldChange("number of files", len(stored), len(seen.reads))
    for field, id_ in pairs:
        if not _may_be(view, view.desired.resources[stored[field]], id_):
            yield FieldChange(field, str(stored[field]), id_)


def _may_be(view: View, file: Resource, id_: str) -> bool:
    """Whether a live object may have the content of this declared one; one that is gone may."""
    match, seen = view.matches.chosen.get(file.address), view.live.objects.get(id_)
    if seen is None:
        return True
    if file.address in view.unbound:
        return False
    if match and match.seen.id == id_:
        return True
    if seen.marker:
        return seen.marker.fingerprint == file.fingerprint
    told = view.kinds[file.address.kind].resolved(seen)
    return all(told.get(f, value) == value for f, value in flatten(file.spec).items())


def differing(changes: tuple[FieldChange, ...]) -> str:
    """All of them in words: `suffix sup → support`."""
    words = (f"{item.field} {' → '.join(change(item.before, item.after))}" for item in changes)
    return listed([*words], most=MOST_NAMED)
