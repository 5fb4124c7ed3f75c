"""Fine-tuned models and checkpoints in the store, beside the base models of the catalog."""

import json
import sqlite3

from reconciler.sandbox.catalog import BY_NAME, base_of
from reconciler.sandbox.envelope import Rejected, no_such_model
from reconciler.sandbox.identity import ORGANISATION
from reconciler.sandbox.store import Store


def _body(name: str, created: int, owner: str) -> str:
    shown = {"id": name, "object": "model", "created": created, "owned_by": owner}
    return json.dumps(shown | {"shutdown_date": None}, separators=(",", ":"))


_BASES = {name: _body(name, model.created, "system") for name, model in BY_NAME.items()}


def add(db: sqlite3.Connection, name: str, job_id: str, created: int) -> None:
    """Store a trained model; one that is there already is left alone."""
    body = _body(name, created, ORGANISATION)
    db.execute(
        "INSERT OR IGNORE INTO models (id, created_at, job_id, body) VALUES (?, ?, ?, ?)",
        (name, created, job_id, body),
    )


def bodies(store: Store, before: float | None) -> list[str]:
    """The API objects of all models; `before` hides models trained at or after that time."""
    query = "SELECT body FROM models WHERE deleted_at IS NULL AND created_at < ? ORDER BY seq"
    trained = store.all(query, float("inf") if before is None else before)
    return [*_BASES.values(), *(row[0] for row in trained)]


def body(store: Store, name: str) -> str:
    """The API object of a model.

    Raises:
        Rejected: 404 for a model that is unknown or deleted.
    """
    if name in _BASES:
        return _BASES[name]
    row = store.one("SELECT body FROM models WHERE id = ? AND deleted_at IS NULL", name)
    if row is None:
        raise no_such_model(name)
    return str(row[0])


def job_of(store: Store, name: str, before: float | None = None) -> str | None:
    """The job that trained a live model; None for a base model.

    Raises:
        Rejected: 404 for a model that is unknown, deleted or, by `before`, too young.
    """
    if name in _BASES:
        return None
    query = "SELECT job_id FROM models WHERE id = ? AND deleted_at IS NULL AND created_at < ?"
    row = store.one(query, name, float("inf") if before is None else before)
    if row is None:
        raise no_such_model(name)
    return str(row[0])


def delete(store: Store, name: str, now: float) -> None:
    """Delete a trained model.

    Raises:
        Rejected: 404 for an unknown model, 403 for a base model.
    """
    if name in _BASES:
        raise Rejected(
            f"You do not have permission to delete the model '{name}'", status=403, param="model"
        )
    with store.writing() as db:
        query = "UPDATE models SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL"
        if not db.execute(query, (now, name)).rowcount:
            raise no_such_model(name)


def snapshot(store: Store, name: str) -> tuple[str, str]:
    """The model that a name stands for when a job is created, and the base model beneath it.

    Raises:
        Rejected: 400 for a model that does not exist.
    """
    try:
        job_of(store, name)
    except Rejected as error:
        raise no_such_model(name, status=400) from error
    if name in BY_NAME:
        return BY_NAME[name].name, BY_NAME[name].name
    return name, base_of(name)
