"""The model that an address stands for."""

from reconciler.cli.verbs.aliases import alias_model
from reconciler.cli.verbs.live import alias_at, record_at
from reconciler.cli.verbs.workspace import Workspace
from reconciler.core.resource import MODEL, Record
from reconciler.errors import ReconcilerError

WAIT = "reconciler apply --wait"


def model_of(target: str, workspace: Workspace) -> str:
    """A model id, or the model that a job has made or an alias points at.

    Raises:
        UsageError: it is the address of something else, or of nothing.
        ReconcilerError: it has no model yet.
    """
    if address := alias_at(target, workspace):
        return alias_model(target, address, workspace.journal().state)
    record = record_at(target, "jobs", workspace, lacks="model", cure=WAIT)
    if record is None:
        return target
    return str(record.facts.get(MODEL) or _fresh_model(target, record, workspace))


def _fresh_model(target: str, record: Record, workspace: Workspace) -> str:
    """The state may be older than the job."""
    job = workspace.api.retrieve_job(record.id)
    if model := job.get("fine_tuned_model"):
        return str(model)
    why = f"{record.id} is {job.get('status')}"
    raise ReconcilerError(f"{target} has no model yet", why=why, cure=WAIT)
