"""`reconciler status --at-risk`: what stands on models that the endpoint will shut down."""

from typing import Any

from reconciler.cli.settings import Settings
from reconciler.cli.verbs.glance import glance
from reconciler.cli.verbs.plan import heading
from reconciler.cli.verbs.table import show_table
from reconciler.cli.verbs.workspace import open_workspace
from reconciler.core.shutdown import AtRisk, at_risk


def status_at_risk(settings: Settings) -> int:
    """Show the declared jobs and aliases whose model ends, the first to end first."""
    with open_workspace(settings) as workspace:
        found = glance(workspace)
        risks = at_risk(found.view)
        if settings.out.is_json:
            settings.out.document([_document(risk) for risk in risks])
            return 0
        settings.out.keep(heading(workspace, found))
        if risks:
            header = ("ADDRESS", "STANDS ON", "SHUTS DOWN", "DAYS LEFT")
            show_table(settings.out, header, [_row(risk) for risk in risks])
            models = len({risk.shutdown.model for risk in risks})
            word = "model" if models == 1 else "models"
            settings.out.keep(f"{len(risks)} at risk, by {models} {word}")
        else:
            settings.out.keep("0 at risk: the endpoint tells of no end of what they stand on")
    return 0


def _row(risk: AtRisk) -> tuple[str, ...]:
    left = risk.shutdown.left
    return (
        str(risk.address),
        risk.shutdown.model,
        risk.shutdown.on,
        "" if left is None else f"{left}",
    )


def _document(risk: AtRisk) -> dict[str, Any]:
    model, on, left = risk.shutdown
    return {"address": str(risk.address), "model": model, "shutdown_date": on, "days_left": left}
