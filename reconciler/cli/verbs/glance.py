"""One look at everything without the lock: what the commands that only read have in common."""

import time

from reconciler.cli.verbs.workspace import Workspace
from reconciler.round import Round, look

LOOKING = "listing files and jobs …"
"""What a terminal shows meanwhile."""


def glance(workspace: Workspace) -> Round:
    """State, live objects and the plan between them, as they are now; nothing is written."""
    journal = workspace.journal()
    rig = workspace.rig(journal.write, time.sleep)
    with workspace.settings.out.passing(LOOKING):
        return look(journal.state, workspace.desired, rig, workspace.patience)
