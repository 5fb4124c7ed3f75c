"""`reconciler models`: what the endpoint offers."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from reconciler.cli.settings import Settings
from reconciler.cli.verbs.aliases import aliases_of_model, refuse_in_use
from reconciler.cli.verbs.ask import ask
from reconciler.cli.verbs.live import recorded
from reconciler.cli.verbs.table import show_object, show_table
from reconciler.cli.verbs.trained import model_of
from reconciler.cli.verbs.witness import noted
from reconciler.cli.verbs.workspace import read_manifest
from reconciler.core.resource import MODEL
from reconciler.text import visible

FINE_TUNE = "ft:"


def list_models(settings: Settings, /) -> int:
    """List the valid models of the endpoint, and which aliases and jobs here use them."""
    with recorded(settings) as workspace:
        models = sorted(workspace.api.list_models(), key=lambda model: str(model["id"]))
        state = workspace.journal().state
        made = {
            str(record.facts[MODEL]): str(address)
            for address, record in state.records.items()
            if MODEL in record.facts
        }
        in_use = {str(model["id"]): aliases_of_model(state, str(model["id"])) for model in models}
        made |= {
            model: ", ".join(alias.name for alias in used) for model, used in in_use.items() if used
        }
    if settings.out.is_json:
        settings.out.document(models)
        return 0
    bases = _bases(settings)
    rows = [_row(model, bases, made) for model in models]
    if rows:
        show_table(settings.out, ("MODEL", "OWNED BY", "SHUTS DOWN", "USED BY"), rows)
    tuned = sum(1 for model in models if str(model["id"]).startswith(FINE_TUNE))
    aliased = sum(1 for used in in_use.values() if used)
    named = f", {aliased} with an alias" if aliased else ""
    settings.out.keep(f"{len(models)} models" + (f" · {tuned} fine-tunes{named}" if tuned else ""))
    return 0


def get_model(settings: Settings, /, model: str) -> int:
    """Show MODEL (an address of an alias or a job, or an id) as the endpoint tells it."""
    with recorded(settings) as workspace:
        show_object(settings.out, workspace.api.retrieve_model(model_of(model, workspace)))
    return 0


def delete_model(settings: Settings, /, model: str, yes: bool) -> int:
    """Delete MODEL (an address of an alias or a job, or an id); what was paid for it is gone."""
    with recorded(settings) as workspace:
        name = model_of(model, workspace)
        refuse_in_use(workspace.journal().state, name)
        if not yes:
            why = "a deleted model cannot be brought back"
            command = f"models delete {visible(name)}"
            ask(settings.out, f"Delete {visible(name)}?", verb="delete", command=command, why=why)
        with noted(workspace, "models delete") as note:
            workspace.api.delete_model(name)
            note("delete", name)
    settings.out.result(f"{visible(name)}  deleted", id=name, deleted=True)
    return 0


def _bases(settings: Settings) -> Mapping[str, int]:
    """Base model → how many declared jobs train it."""
    jobs = read_manifest(settings).entries.get("jobs", {})
    return Counter(str(getattr(spec, "model", "")) for spec in jobs.values())


def _row(
    model: Mapping[str, Any], bases: Mapping[str, int], made: Mapping[str, str]
) -> tuple[str, ...]:
    name, count = str(model["id"]), bases.get(str(model["id"]), 0)
    used = made.get(name) or (f"{count} job{'s' * (count != 1)}" if count else "")
    return name, str(model.get("owned_by") or ""), str(model.get("shutdown_date") or ""), used
