"""The model that an address stands for."""

from reconciler.cli.verbs.live import address_of
from reconciler.cli.verbs.workspace import Workspace
from reconciler.core.resource import Record
from reconciler.errors import ReconcilerError
from reconciler.text import visible


def model_of(target: str, workspace: Workspace) -> str:
    """A model id, or the model of the job that an address stands for.

    Raises:
        ReconcilerError: it has no model yet.
    """
    if not target.startswith("jobs."):
        return target
    address = address_of(target)
    record = workspace.journal().state.records.get(address)
    if record is None:
        raise _none_yet(target, "the state records no job for this address")
    return str(record.facts.get("fine_tuned_model") or _fresh_model(target, record, workspace))


def _fresh_model(target: str, record: Record, workspace: Workspace) -> str:
    """The state may be older than the job."""
    job = workspace.api.retrieve_job(record.id)
    if model := job.get("fine_tuned_model"):
        return str(model)
    raise _none_yet(target, f"{record.id} is {visible(str(job.get('status')))}")


def _none_yet(target: str, why: str) -> ReconcilerError:
    what = f"{visible(target)} has no model yet"
    return ReconcilerError(what, why=why, cure="reconciler apply --wait")
