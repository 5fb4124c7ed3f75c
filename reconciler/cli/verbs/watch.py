"""`reconciler watch`: the declared jobs, live, until all of them have ended."""

import gc
import time
from collections.abc import Mapping

from reconciler.cli.out import Out
from reconciler.cli.settings import Settings
from reconciler.cli.verbs.glance import glance
from reconciler.cli.verbs.plan import warn_of_holder
from reconciler.cli.verbs.status import chosen_jobs, show_status
from reconciler.cli.verbs.verdict import verdict
from reconciler.cli.verbs.wait import watching
from reconciler.cli.verbs.watcher import SLOWEST_POLL, Moment, Watcher, glimpse
from reconciler.cli.verbs.workspace import Workspace, open_workspace
from reconciler.core.address import Address
from reconciler.errors import ExitCode

STOPPED = "stopped watching; the jobs go on"


def watch(settings: Settings, /, addresses: tuple[str, ...]) -> int:
    """Show the declared jobs, or some of them, live, until all of them have ended."""
    gc.enable()  # it may take hours
    try:
        with open_workspace(settings) as workspace:
            return _watch(workspace, addresses)
    except KeyboardInterrupt:
        settings.out.decline(STOPPED, code=ExitCode.INTERRUPTED)
        return ExitCode.INTERRUPTED


def _watch(workspace: Workspace, addresses: tuple[str, ...]) -> int:
    warn_of_holder(workspace)
    jobs = chosen_jobs(glance(workspace), addresses)
    _follow(workspace, {address: seen.id for address, seen in jobs.items() if seen})
    found = glance(workspace)
    jobs = chosen_jobs(found, addresses)
    show_status(workspace, found, jobs, glimpse(workspace, jobs), None, in_line=True)
    return verdict(found.plan)


def _follow(workspace: Workspace, jobs: Mapping[Address, str]) -> None:
    """Poll after poll, until all have ended and what they told was read."""
    out = workspace.settings.out
    if not jobs:
        return
    watcher = Watcher(workspace, jobs, is_whole=out.is_json)
    moment = watcher.look()
    with watching(out, out.keep) as show:
        while True:
            show(moment)
            _tell(out, moment)
            if watcher.is_over:
                return
            watcher.wait(moment, time.sleep, SLOWEST_POLL)
            moment = watcher.look()


def _tell(out: Out, moment: Moment) -> None:
    """The events, for programs."""
    for address, event in moment.told if out.is_json else ():
        line = {"type": "event", "address": str(address), "id": moment.jobs[address].id}
        out.line({**line, "event": event})
