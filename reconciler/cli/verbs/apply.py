"""`reconciler apply`: rounds of observe, settle, diff and apply until nothing is left to do."""

from typing import Any

from reconciler.cli.settings import Settings
from reconciler.cli.verbs.converge import Will, converge
from reconciler.cli.verbs.stop import stoppable
from reconciler.cli.verbs.workspace import open_workspace
from reconciler.core.guards import Leave


def apply(
    settings: Settings,
    /,
    settle: int | None,
    yes: bool,
    wait: bool,
    deadline: int | None,
    lock_timeout: int,
    **flags: Any,
) -> int:
    """Upload and train what the plan says; nothing is ever paid twice."""
    will = Will("apply", Leave(**flags), yes=yes, wait=wait)
    with (
        stoppable(settings.out, deadline) as stop,
        open_workspace(settings, stop=stop, settle=settle) as workspace,
    ):
        return converge(workspace, will, stop, lock_timeout)
