"""Whether what the manifest binds to an address by its id may stand there.

An object stays what it was when it was recorded: an edit of its entry does not change it. Where
the two differ the import is refused, and nothing stands at the address: what reads it would be
made of the old content, and recorded as made of the new.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from reconciler.core.address import Address
from reconciler.core.fields import FieldChange, field_changes
from reconciler.core.importing import differing, import_differences
from reconciler.core.match import bases_of, is_standing
from reconciler.core.plan import Finding, Severity
from reconciler.core.rebind import is_rebound
from reconciler.core.resource import Observed, Phase, Record, Resource
from reconciler.core.view import View


def bound(view: View) -> View:
    """The view in which no import stands that is refused, or whose run has failed."""
    imports = [r for r in view.desired.resources.values() if r.import_id]
    if not imports:
        return view
    refused = _refused(view, imports)
    out = {r.address for r in imports if r.address in refused or _has_failed(view, r.address)}
    chosen = {a: found for a, found in view.matches.chosen.items() if a not in out}
    return replace(view, unbound=refused, matches=replace(view.matches, chosen=chosen))


def _has_failed(view: View, address: Address) -> bool:
    match = view.matches.chosen.get(address)
    return match is not None and view.is_run(address) and not is_standing(match.seen)


def _refused(view: View, imports: Sequence[Resource]) -> dict[Address, Finding]:
    """What is wrong with which import; what is read comes before its readers."""
    known = {record.id: record for record in view.records.values()}
    found: dict[Address, Finding] = {}
    view = replace(view, unbound=found)
    for resource in imports:
        id_ = str(resource.import_id)
        if wrong := _wrong(view, resource, view.live.objects.get(id_), known.get(id_)):
            found[resource.address] = wrong
    return found


def _wrong(
    view: View, resource: Resource, seen: Observed | None, record: Record | None
) -> Finding | None:
    """Why an object may not stand for this; `record` is its own, at whatever address."""
    if record and (edits := _edits(view, resource, seen, record)):
        return _edited(resource, edits)
    if seen is None:
        is_history = record and record.phase is Phase.READY and view.is_run(resource.address)
        return None if is_history else _not_imported(resource, "no live object has this id")
    if record is None and (changes := import_differences(view, resource, seen)):
        return _not_imported(resource, f"the manifest → what is live: {differing(changes)}")
    return None


def _edits(
    view: View, resource: Resource, seen: Observed | None, record: Record
) -> tuple[FieldChange, ...]:
    """What the entry says now and did not when the object was recorded; nothing is read back."""
    bases = bases_of(resource, view.matches.chosen, view.records)
    if seen and is_rebound(resource, record, seen, view.kinds, bases):
        return ()
    was, becomes = record.attempt.generation, resource.generation
    raised = (FieldChange("generation", was, becomes),) if was != becomes else ()
    return (*raised, *field_changes(record.spec, resource.spec))


def _edited(resource: Resource, edits: tuple[FieldChange, ...]) -> Finding:
    address = resource.address
    return Finding(
        Severity.REFUSED,
        address,
        f"refused: {resource.import_id} is not what {address} says now",
        where=f"import of {address}",
        why=f"as it was recorded → the manifest: {differing(edits)}",
        cure="take the import out: what is made then is another object; or undo the edit;\n"
        f"where the entry was wrong before: reconciler state forget {address.typed}, then apply",
    )


def _not_imported(resource: Resource, why: str) -> Finding:
    return Finding(
        Severity.REFUSED,
        resource.address,
        f"refused: {resource.import_id} is not imported as {resource.address}",
        where=f"import of {resource.address}",
        why=why,
        cure="make the manifest entry say what is live, or take the import out",
    )
