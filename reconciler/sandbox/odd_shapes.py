"""Shapes that were recorded from the real API although its specification does not allow them.

No error is `{}`, or an object of nulls; a job that is not supervised has null hyperparameters; what
an integration or a file has not is null; a list without objects has null ids; a pending upload has
a null file.
"""

from typing import Any

from reconciler.sandbox.timeline import TERMINAL


def distort(body: dict[str, Any]) -> None:
    """Give one object or list of the API its odd shape, in place."""
    match body.get("object"):
        case "fine_tuning.job":
            _distort_job(body)
        case "file":
            body |= {name: body.get(name) for name in ("expires_at", "status_details")}
        case "upload":
            body["file"] = body.get("file")
        case "list" if body.get("first_id") == "":
            body |= {"first_id": None, "last_id": None}
        case _:
            pass


def _distort_job(job: dict[str, Any]) -> None:
    job["hyperparameters"] = job["hyperparameters"] or None
    for integration in job["integrations"]:
        integration["wandb"]["tags"] = None
    if job["error"] is None:
        job["error"] = _no_error(job["status"])


def _no_error(status: str) -> dict[str, None] | None:
    """How a job in a status says that nothing is wrong, in one of three ways."""
    match status:
        case "validating_files" | "queued":
            return {}
        case _ if status in TERMINAL:
            return {"code": None, "message": None, "param": None}
        case _:
            return None
