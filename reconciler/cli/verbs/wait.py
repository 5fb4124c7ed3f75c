"""Waiting for jobs: one list a poll, and the newest events of each running job."""

import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reconciler.cli.out import now
from reconciler.cli.verbs.stop import Stop
from reconciler.cli.verbs.workspace import Workspace
from reconciler.core.address import Address
from reconciler.core.resource import HELD, Observed, Phase
from reconciler.core.state import State
from reconciler.errors import ApiError
from reconciler.kinds import BY_NAME
from reconciler.render.events_json import job_document
from reconciler.render.training import Training, training_of, training_words
from reconciler.text import visible

if TYPE_CHECKING:
    from rich.live import Live

FIRST_POLL, SLOWEST_POLL, SLOWER = 0.5, 15.0, 1.3
"""Seconds between polls: quick at first, then each time a little slower."""

MAX_EVENTS = 20
"""Jobs whose events are read in one poll."""

QUIET = 60.0
"""Seconds between lines about the same step in a pipe."""


def running(state: State, ended: Collection[str] = ()) -> Mapping[Address, str]:
    """Addresses whose recorded run has not ended → its id.

    Args:
        ended: ids of runs of which more is known than what is recorded.
    """
    return {
        address: record.id
        for address, record in state.records.items()
        if record.phase is Phase.IN_PROGRESS
        and address.kind == "jobs"
        and record.status not in HELD
        and record.id not in ended
    }


def wait_for_jobs(
    workspace: Workspace,
    jobs: Mapping[Address, str],
    stop: Stop,
    others: Collection[str] = (),
    longest: float | None = None,
) -> None:
    """Return when each of these jobs, address → id, has ended, or when it is over.

    Args:
        others: ids of all jobs that run, where something waits for any of them to end; and then
            not longer than `longest` seconds, where they are known.
    """
    waiting, began = jobs, time.monotonic()
    seconds = FIRST_POLL
    with watching(workspace) as watch:
        if workspace.settings.out.is_terminal:
            workspace.settings.out.say("  ^C stops watching; the job goes on")
        while waiting and not stop.is_over:
            seen = observed_jobs(workspace)
            watch.show({address: seen[id_] for address, id_ in waiting.items() if id_ in seen})
            waiting = {a: id_ for a, id_ in waiting.items() if _runs(seen.get(id_))}
            if any(seen[id_].phase.is_terminal for id_ in others if id_ in seen):
                return
            left = SLOWEST_POLL if longest is None else began + longest - time.monotonic()
            if waiting and left > 0:
                stop.pause(min(seconds, left))
                seconds = min(seconds * SLOWER, SLOWEST_POLL)
            elif waiting:
                return


def observed_jobs(workspace: Workspace) -> Mapping[str, Observed]:
    """Every live job by its id."""
    kind = BY_NAME["jobs"]
    found = kind.observe(workspace.api, workspace.owners)
    return {seen.id: seen for seen in found if seen.kind == kind.name}


def _runs(seen: Observed | None) -> bool:
    return seen is not None and seen.phase is Phase.IN_PROGRESS


def read_training(workspace: Workspace, id_: str) -> Training:
    """Step, loss and events of a job; what cannot be read is not known."""
    try:
        return training_of(workspace.api.job_events(id_, 100))
    except ApiError:
        return Training()


class Watch:
    """What is shown while jobs run: redrawn at a terminal, a dated line a change in a pipe."""

    def __init__(self, workspace: Workspace, live: "Live | None") -> None:
        self._workspace, self._live = workspace, live
        self._began = time.monotonic()
        self._told: dict[Address, tuple[str, float]] = {}

    def show(self, jobs: Mapping[Address, Observed]) -> None:
        """The jobs as they are now."""
        if self._live:
            self._redraw(jobs)
            return
        for address, seen in jobs.items():
            status, at = self._told.get(address, ("", 0.0))
            is_due = seen.status == "running" and time.monotonic() - at > QUIET
            if seen.status != status or is_due:
                self._tell(address, status, seen)

    def _tell(self, address: Address, before: str, seen: Observed) -> None:
        self._told[address] = (seen.status, time.monotonic())
        out = self._workspace.settings.out
        if out.is_json:
            out.line(job_document(address, seen))
            return
        words = self._words(seen)
        change = f"{visible(before)} → {words}" if before and before != seen.status else words
        out.say(f"{now()} {address}  {change}")

    def _words(self, seen: Observed) -> str:
        model = str(seen.facts.get("fine_tuned_model", ""))
        if seen.phase is not Phase.IN_PROGRESS:
            return visible(f"{seen.status}, {model}" if model else seen.status)
        training = training_words(read_training(self._workspace, seen.id))
        return "  ".join(part for part in (visible(seen.status), training) if part)

    def _redraw(self, jobs: Mapping[Address, Observed]) -> None:
        from rich.text import Text  # noqa: PLC0415  # only at a terminal

        took = time.monotonic() - self._began
        lines = [
            f"  ⠼ {address}  {self._words(seen)}  {took:.0f}s" for address, seen in jobs.items()
        ]
        assert self._live is not None  # noqa: S101  # only called with one
        self._live.update(Text("\n".join(lines[:MAX_EVENTS])), refresh=True)


@contextmanager
def watching(workspace: Workspace) -> Iterator[Watch]:
    """A watch, redrawn in place where a person looks at a terminal."""
    out = workspace.settings.out
    if not out.is_terminal:
        yield Watch(workspace, None)
        return
    from rich.console import Console  # noqa: PLC0415  # only at a terminal
    from rich.live import Live  # noqa: PLC0415

    console = Console(stderr=True, no_color=out.no_color or None)
    with Live(console=console, transient=True, auto_refresh=False) as live:
        yield Watch(workspace, live)
