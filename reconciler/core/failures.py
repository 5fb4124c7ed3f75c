"""A standing failure: a run that ended without a model and is not trained again by itself."""

from reconciler.core.address import Address
from reconciler.core.plan import Finding, Severity
from reconciler.core.resource import Observed, Phase, Resource
from reconciler.core.view import View

NOT_THE_DATA = ("server_error",)
"""Error codes after which the very same run may succeed."""


def standing_failure(view: View, resource: Resource, last: Observed, number: int) -> Finding:
    """What failed, where, why and what to do; `number` tells which try it was."""
    address = resource.address
    if last.phase is Phase.READY:
        what = f"{address}: its model was deleted"
        why = f"{last.facts.get('fine_tuned_model', 'the model')} is not in the list of models"
    elif last.status == "cancelled" and last.id in view.state.cancelled:
        what = f"{address} was cancelled by reconciler when it was removed or replaced"
        why = "a cancelled run is not trained again by itself"
    elif last.status == "cancelled":
        what = f"{address} was cancelled outside and is not trained again by itself"
        why = "a cancelled run has no model"
    else:
        code = f" ({last.error_code})" if last.error_code else ""
        what = f"{address} {last.status}{code} and is not trained again by itself"
        why = str(last.facts.get("error", "")) or "the run ended without a model"
    place = _place(view, resource, last)
    where = f"{last.id}, attempt {number}" + (f"; {place}" if place else "")
    return Finding(Severity.FAILED, address, what, where, why, _cure(resource, last, number, place))


def _place(view: View, resource: Resource, last: Observed) -> str:
    """`data/support.jsonl:100`, where the API says which example it is about.

    The run is of this very spec, so the file still has the content that it was trained on.
    """
    ref: Address | None = resource.refs.get(str(last.facts.get("error_field")))
    file = view.desired.resources.get(ref) if ref else None
    return f"{file.path}:{last.facts['error_line']}" if file and file.path else ""


def _cure(resource: Resource, last: Observed, number: int, place: str) -> str:
    again = f"to run the same again, on purpose: generation: {resource.generation + 1}"
    if last.phase is Phase.READY:
        return again
    if place:
        line = place.rpartition(":")[2]
        return f"correct line {line}, then reconciler apply: trains again"
    if last.status == "cancelled" or last.error_code in NOT_THE_DATA:
        once = f'reconciler apply --retry {resource.address} --reason "…": trains again'
        others = f"generation: {resource.generation + 1}, or by itself: retry: {{max: {number}}}"
        return f"{once};\nor in the manifest {others}"
    return f"correct the data or the spec; {again}"
