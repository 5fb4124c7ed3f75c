"""A standing failure: a run that ended without a model and is not trained again by itself."""

from msgspec.structs import replace

from reconciler.core.address import Address
from reconciler.core.plan import Failure, Finding, Severity
from reconciler.core.resource import Observed, Phase, Resource
from reconciler.core.view import View
from reconciler.core.words import TRAINS_AGAIN

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
    failure = _failure(view, resource, last)
    where = "; ".join(filter(None, (f"{last.id}, attempt {number}", failure.place)))
    cure = _cure(resource, last, number, failure)
    return Finding(Severity.FAILED, address, what, where, why, cure, failure)


def _failure(view: View, resource: Resource, last: Observed) -> Failure:
    """What the API says of it; the row is that of the file as it is declared.

    The run is of this very spec, so the file still has the content that it was trained on.
    """
    code, param = last.error_code, str(last.facts.get("error_param", ""))
    ref: Address | None = resource.refs.get(str(last.facts.get("error_field")))
    file = view.desired.resources.get(ref) if ref else None
    if file is None or not file.path:
        return Failure(code, param)
    return Failure(code, param, file.path, last.facts["error_line"])


def _cure(resource: Resource, last: Observed, number: int, failure: Failure) -> str:
    if resource.import_id:
        cure = _cure(replace(resource, import_id=None), last, number, failure)
        return f"take the import out of the manifest first: it binds what failed; then\n{cure}"
    next_ = resource.generation + 1
    way = f"generation: {next_} in the manifest"
    if resource.address.entry != str(resource.address):  # that would be all of the matrix
        way = f"reconciler apply --replace {resource.address.typed}"
    again = f"for the same again, {way}: {TRAINS_AGAIN}"
    if last.phase is Phase.READY:
        return again
    if failure.file:
        return f"correct line {failure.line}, then reconciler apply: {TRAINS_AGAIN}"
    if last.status == "cancelled" or last.error_code in NOT_THE_DATA:
        once = f'reconciler apply --retry {resource.address.typed} --reason "…": {TRAINS_AGAIN}'
        others = f"generation: {next_}, or by itself: retry: {{max: {number}}}"
        return f"{once};\nor in the manifest {others}"
    return f"correct the data or the spec; or, {again}"
