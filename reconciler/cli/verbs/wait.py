"""Waiting for jobs, and what is shown meanwhile: a table at a terminal, else a line a change."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reconciler.cli.out import Out, now
from reconciler.cli.verbs.stop import Stop
from reconciler.cli.verbs.table import table_lines
from reconciler.cli.verbs.watcher import FIRST_POLL, SLOWEST_POLL, Moment, Watcher
from reconciler.cli.verbs.workspace import Workspace
from reconciler.core.address import Address
from reconciler.core.resource import HELD, Observed, Phase
from reconciler.core.state import State
from reconciler.core.words import when
from reconciler.render.events_json import job_document
from reconciler.render.job_rows import HEADER, job_row, job_words
from reconciler.render.layout import cells, shortened
from reconciler.text import visible

if TYPE_CHECKING:
    from rich.live import Live

QUIET = 60.0
"""Seconds between lines about the same job in a pipe, while its status stays."""

LAST = 3
"""So many events stand below the table."""

NAME = 24
"""Columns of an address, at the least."""

STOPS = "^C stops watching; the {} on"

__all__ = ("FIRST_POLL", "running", "wait_for_jobs", "watching")


def running(state: State, ended: frozenset[str] = frozenset()) -> Mapping[Address, str]:
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
    others: frozenset[str] = frozenset(),
    longest: float | None = None,
) -> None:
    """Return when each of these jobs, address → id, has ended, or when it is over.

    Args:
        others: ids of all jobs that run, where something waits for any of them to end; and then
            not longer than `longest` seconds, where they are known.
    """
    watcher, until = Watcher(workspace, jobs, others), time.monotonic() + (longest or 0.0)
    with watching(workspace.settings.out, workspace.settings.out.say) as show:
        while not stop.is_over:
            moment = watcher.look()
            show(moment)
            left = SLOWEST_POLL if longest is None else until - time.monotonic()
            has_room = any(seen.phase.is_terminal for seen in watcher.seen.values())
            if watcher.is_over or left <= 0 or (others and has_room):
                return
            watcher.wait(moment, stop.pause, left)


Show = Callable[[Moment], None]


@contextmanager
def watching(out: Out, say: Callable[[str], None]) -> Iterator[Show]:
    """What shows each moment; redrawn in place where a person looks at a terminal.

    Args:
        say: takes the lines of a pipe.
    """
    if not out.is_terminal:
        yield Lines(out, say).show
        return
    from rich.console import Console  # noqa: PLC0415  # only at a terminal
    from rich.live import Live  # noqa: PLC0415

    console = Console(stderr=True, no_color=out.no_color or None)
    with Live(console=console, transient=True, auto_refresh=False) as live:
        yield Screen(live).show


class Lines:
    """A dated line a change, at most one a minute for the same status; or JSON Lines."""

    def __init__(self, out: Out, say: Callable[[str], None]) -> None:
        self._out, self._say = out, say
        self._told: dict[Address, tuple[str, float]] = {}

    def show(self, moment: Moment) -> None:
        """The jobs as they are now, as far as that is news."""
        for address, seen in moment.jobs.items():
            status, at = self._told.get(address, ("", 0.0))
            is_due = seen.status == "running" and time.monotonic() - at > QUIET
            if seen.status != status or is_due:
                self._told[address] = (seen.status, time.monotonic())
                self._tell(address, status, seen, moment)

    def _tell(self, address: Address, before: str, seen: Observed, moment: Moment) -> None:
        if self._out.is_json:
            self._out.line(job_document(address, seen))
            return
        words = job_words(seen, *moment.how_far(address))
        change = f"{visible(before)} → {words}" if before and before != seen.status else words
        self._say(f"{now()} {address}  {change}")


def _narrowed(rows: Sequence[tuple[str, ...]], width: int) -> list[str]:
    """The table in so many columns: first without ids, then with addresses that lack a part."""
    lines = table_lines(HEADER, rows)
    if max(map(cells, lines)) <= width:
        return lines
    lines = table_lines(HEADER[:-1], [row[:-1] for row in rows])
    room = max((len(row[0]) for row in rows), default=0) + width - max(map(cells, lines))
    name = max(room, NAME)
    return table_lines(HEADER[:-1], [(shortened(row[0], name), *row[1:-1]) for row in rows])


class Screen:
    """A table that is redrawn in place, the last events below it, and how to leave."""

    def __init__(self, live: "Live") -> None:
        self._live = live
        self._last: deque[str] = deque(maxlen=LAST)

    def show(self, moment: Moment) -> None:
        """The jobs as they are now: what runs first, as many as there is room for."""
        from rich.text import Text  # noqa: PLC0415  # only at a terminal

        width = self._live.console.width
        for address, event in moment.told:
            at, message = when(event.get("created_at"), to="seconds")[11:], event.get("message", "")
            name = shortened(str(address), max(width // 3, NAME))
            self._last.append(f"  {at}  {name}  {visible(str(message))}")
        room = max(self._live.console.height - LAST - 4, 1)
        jobs = sorted(moment.jobs.items(), key=lambda pair: (pair[1].phase.is_terminal, pair[0]))
        rows = [job_row(a, s, *moment.how_far(a)) for a, s in jobs[:room]]
        more = [f"  and {len(jobs) - room} more"] * (len(jobs) > room)
        stops = STOPS.format("job goes" if len(jobs) == 1 else "jobs go")
        lines = [*_narrowed(rows, width), *more, *self._last, f"  {stops}"]
        text = Text("\n".join(lines), no_wrap=True, overflow="ellipsis")
        self._live.update(text, refresh=True)
