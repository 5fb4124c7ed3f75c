"""One look at everything without the lock: what the commands that only read have in common."""

from collections.abc import Iterator
from contextlib import contextmanager

from msgspec.structs import replace

from reconciler.api import Api
from reconciler.api.clock import uptime
from reconciler.cli.verbs.workspace import Workspace
from reconciler.core.offline import as_recorded
from reconciler.errors import ReconcilerError
from reconciler.kinds import BY_NAME
from reconciler.observe import walking
from reconciler.round import Round, judge

LOOKING = "listing files and jobs …"
"""What a terminal shows meanwhile."""


def glance_offline(workspace: Workspace) -> Round:
    """The plan between what is declared and what is recorded; nothing is sent."""
    journal = workspace.journal()
    rig = replace(workspace.rig(journal.write), learnt=lambda _run: None)
    live = as_recorded(journal.state)
    return judge(journal.state, workspace.desired, live, rig, workspace.patience)


def glance(workspace: Workspace) -> Round:
    """State, live objects and the plan between them, as they are now; nothing is written.

    The state and the datasets are read, and what is declared is worked out, while the endpoint
    lists: what an apply beside it records meanwhile is in no list yet, and is asked for by its id.
    """
    with (
        workspace.settings.out.passing(LOOKING),
        walking(workspace.api, BY_NAME, workspace.owners, uptime) as walks,
    ):
        with _breaking_off(workspace.api):
            journal, desired = workspace.journal(), workspace.desired
        live = walks.live(journal.state)
    rig = workspace.rig(journal.write)
    return judge(journal.state, desired, live, rig, workspace.patience)


@contextmanager
def _breaking_off(api: Api) -> Iterator[None]:
    """Nobody waits for lists that will not be compared with anything."""
    try:
        yield
    except ReconcilerError:
        api.hasten(0.0)
        raise
