"""Why a run is made again: which fields differ, and what becomes of the run that it replaces."""

from collections import Counter
from collections.abc import Iterator, Mapping

from reconciler.core.fields import FieldChange, field_changes, telling
from reconciler.core.plan import Detail
from reconciler.core.resource import REASON, Attempt, Observed, Phase, Record, Resource
from reconciler.core.words import change, listed

_DATA: Mapping[str, str] = {
    "training_file": "its training data",
    "validation_file": "its validation data",
}


def why_made(resource: Resource, record: Record | None) -> str:
    """`n_epochs changed: trains again`; `record` is what it replaces."""
    if record is None:
        return f"new: {resource.summary}"
    if record.attempt.generation != resource.generation:
        was = record.attempt.generation
        return f"generation {was} → {resource.generation}: trains again"
    changes = telling(field_changes(record.spec, resource.spec))
    names = [_name(item, resource, changes) for item in sorted(changes, key=_data_first)]
    return f"{listed(names)} changed: trains again"


def _data_first(item: FieldChange) -> tuple[bool, str]:
    return item.field not in _DATA, item.field


def _name(item: FieldChange, resource: Resource, changes: tuple[FieldChange, ...]) -> str:
    ref = resource.refs.get(item.field)
    if item.field == "model" and ref:
        return f"its base {ref}"
    return _DATA.get(item.field) or label(item.field, changes)


def label(field: str, changes: tuple[FieldChange, ...]) -> str:
    """The last part of a field's name, or all of it where that would be said twice."""
    ends = Counter(item.field.rpartition(".")[2] for item in changes)
    end = field.rpartition(".")[2]
    return end if ends[end] == 1 else field


def replaced(resource: Resource, record: Record, left: str) -> Iterator[Detail]:
    """A line for each field that differs, then one for what becomes of the displaced run."""
    was, becomes = record.attempt.generation, resource.generation
    if was != becomes:
        yield Detail("generation", str(was), str(becomes), forces=True)
    changes = telling(field_changes(record.spec, resource.spec))
    for item in changes:
        before, after = change(item.before, item.after)
        if ref := resource.refs.get(item.field):
            before = f"{ref}  {before}"
        yield Detail(label(item.field, changes), before, after, forces=True)
    yield Detail("replaced", note=left)


def left_behind(record: Record, seen: Observed | None, *, is_free: bool, leads: bool) -> str:
    """What becomes of the run that an address gives up.

    Args:
        seen: the run, where it is there; `is_free` where no other address stands on it.
        leads: it has to end before the new one is made.
    """
    if seen is None:
        return f"{record.id} is gone (404)"
    if not is_free:
        return f"{record.id} goes to another address"
    if seen.phase is Phase.IN_PROGRESS:
        when = "before the new one is made" if leads else "once the new one is there"
        return f"{record.id} is {seen.status}: cancelled {when}"
    if seen.phase is Phase.UNKNOWN:
        return f"{record.id} stays as it is"
    is_served = seen.phase is Phase.READY and seen.is_usable
    return f"{record.id} stays as history" + (", its model usable" if is_served else "")


def tries(resource: Resource, attempt: Attempt) -> Iterator[Detail]:
    """What a yes to this run allows besides: its retries."""
    left = resource.retry.max - (attempt.number - 1)
    if left > 0:
        often = "once" if left == 1 else f"up to {left} times"
        after = " or ".join(resource.retry.on) or "any failure"
        yield Detail("retry", note=f"{often} more after {after}; each try is paid for")


def told_why(resource: Resource) -> Iterator[Detail]:
    """Why a person wants one more try."""
    if why := resource.facts.get(REASON):
        yield Detail("reason", note=str(why))
