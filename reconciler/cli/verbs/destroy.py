"""`reconciler destroy`: converge to a manifest that declares nothing."""

from typing import Any

from msgspec.structs import replace

from reconciler.cli.settings import Settings
from reconciler.cli.verbs.consent import Will
from reconciler.cli.verbs.converge import Converging, locked
from reconciler.cli.verbs.stop import stoppable
from reconciler.cli.verbs.workspace import open_workspace
from reconciler.core.guards import Leave
from reconciler.core.let_go import destroyed
from reconciler.round import Round
from reconciler.schedule import Lanes


def destroy(
    settings: Settings,
    /,
    settle: int | None,
    yes: bool,
    lock_timeout: int,
    parallel: int,
    parallel_jobs: int,
    **flags: Any,
) -> int:
    """Delete the files and cancel the jobs of this manifest; trained models stay, or go, too."""
    leave = Leave(everything=True, **flags)
    will = Will("destroy", leave, yes, Lanes(parallel, parallel_jobs))
    with (
        stoppable(settings.out) as stop,
        open_workspace(settings, stop=stop, settle=settle, is_empty=True) as workspace,
    ):
        if leave.every_model:
            workspace.api.need_deletable_models()
        with locked(workspace, will, stop, lock_timeout) as journal:
            return Destroying(workspace, will, stop, journal).rounds()


class Destroying(Converging):
    """An apply under the lock of a manifest that declares nothing."""

    def look(self) -> Round:
        """Observe, settle, diff; models are no resources, so they go, or are kept, apart."""
        found = super().look()
        plan = destroyed(found.view, found.plan, with_models=self.will.leave.every_model)
        return replace(found, plan=plan)
