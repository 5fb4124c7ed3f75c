"""`reconciler destroy`: converge to a manifest that declares nothing."""

from typing import Any

from reconciler.cli.settings import Settings
from reconciler.cli.verbs.consent import Will
from reconciler.cli.verbs.converge import converge
from reconciler.cli.verbs.stop import stoppable
from reconciler.cli.verbs.workspace import open_workspace
from reconciler.core.guards import Leave
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
    """Delete the files and cancel the jobs of this manifest; trained models stay."""
    leave = Leave(everything=True, **flags)
    will = Will("destroy", leave, yes, Lanes(parallel, parallel_jobs))
    with (
        stoppable(settings.out) as stop,
        open_workspace(settings, stop=stop, settle=settle, is_empty=True) as workspace,
    ):
        return converge(workspace, will, stop, lock_timeout)
