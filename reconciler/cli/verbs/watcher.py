"""Jobs as they go on, looked at one poll after the other: one list, and their events."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import NamedTuple

from reconciler.cli.verbs.job_log import Event, Reader
from reconciler.cli.verbs.workspace import Workspace
from reconciler.core.address import Address
from reconciler.core.resource import HELD, Observed
from reconciler.kinds.job import JobKind
from reconciler.kinds.told import number
from reconciler.render.training import Training

FIRST_POLL, SLOWEST_POLL, SLOWER = 0.5, 15.0, 1.3
"""Seconds between polls: quick at first, then each time a little slower."""


MOST_MISSING = 4
"""Polls in which a job may be in no list before it is given up."""


class Moment(NamedTuple):
    """What one poll found.

    Attributes:
        jobs: those that are listed, by address, as they are now.
        told: events that were not told before, the oldest of each job first.
        now: API time, Unix seconds.
    """

    jobs: Mapping[Address, Observed]
    told: tuple[tuple[Address, Event], ...]
    training: Mapping[Address, Training]
    now: int | None

    def how_far(self, address: Address) -> tuple[Training, int | None]:
        """How far a job is, and in how many seconds it ends, as far as that is known."""
        seen, training = self.jobs.get(address), self.training.get(address, Training())
        estimated = number(seen.body, "estimated_finish") if seen else None
        return training, training.left(self.now, estimated)


def glimpse(workspace: Workspace, jobs: Mapping[Address, Observed | None]) -> Moment:
    """One look at jobs that were listed already: the events of those that go on, 20 at most."""
    seen = {address: job for address, job in jobs.items() if job}
    reader = Reader(workspace.api, is_whole=False)
    reader.read([job.id for job in seen.values() if not job.phase.is_terminal])
    training = {address: reader.training(job.id) for address, job in seen.items()}
    return Moment(seen, (), training, workspace.api.now())


class Watcher:
    """Looks at some jobs until all of them have ended.

    Attributes:
        waiting: those that have not, address → id; what stands still does not end by itself.
        ids: of every job that was ever looked at, and of `others`.
    """

    def __init__(
        self,
        workspace: Workspace,
        jobs: Mapping[Address, str],
        others: frozenset[str] = frozenset(),
        *,
        is_whole: bool = False,
    ) -> None:
        """`others` are ids that are looked for, too; with `is_whole` every event is told."""
        self._workspace, self._jobs, self._is_whole = workspace, dict(jobs), is_whole
        self.waiting, self.ids = dict(jobs), frozenset(jobs.values()) | others
        self.seen: Mapping[str, Observed] = {}
        self._reader = Reader(workspace.api, is_whole=is_whole)
        self._seconds = FIRST_POLL
        self._missing: Counter[str] = Counter()

    def look(self) -> Moment:
        """One poll."""
        workspace = self._workspace
        self.seen = JobKind().pick(workspace.api, self.ids, workspace.owners)
        before = self.waiting
        self._missing = Counter({i: self._missing[i] + 1 for i in self.ids - self.seen.keys()})
        self.waiting = {a: id_ for a, id_ in self._jobs.items() if self._goes_on(id_)}
        for address in before.keys() - self.waiting.keys():
            self._reader.close(before[address])
        ended = [i for a, i in self._jobs.items() if a not in self.waiting] * self._is_whole
        told = self._reader.read([*self.waiting.values()], ended)
        places = {id_: address for address, id_ in self._jobs.items()}
        return Moment(
            {a: self.seen[id_] for a, id_ in self._jobs.items() if id_ in self.seen},
            tuple((places[one.job], one.event) for one in told),
            {a: self._reader.training(id_) for a, id_ in self._jobs.items()},
            workspace.api.now(),
        )

    @property
    def is_over(self) -> bool:
        """Whether all of them have ended, and what they told was read."""
        return not self.waiting and not self._is_behind()

    def _goes_on(self, id_: str) -> bool:
        """Whether it has not ended; a list may lag, so what is not listed is given some time."""
        seen = self.seen.get(id_)
        if seen is None:
            return self._missing[id_] < MOST_MISSING
        return not seen.phase.is_terminal and seen.status not in HELD

    def _is_behind(self) -> bool:
        return self._is_whole and self._reader.is_behind([*self._jobs.values()])

    def wait(self, moment: Moment, pause: Callable[[float], None], longest: float) -> None:
        """Until the next poll: a little longer each time, and when a job should have ended."""
        now = moment.now or 0
        ends = (number(seen.body, "estimated_finish") or 0 for seen in moment.jobs.values())
        soon = [max(float(end - now), FIRST_POLL) for end in ends if end >= now > 0]
        due = FIRST_POLL if self._is_behind() else self._seconds
        pause(max(min(due, longest, *soon), 0.0))
        self._seconds = min(self._seconds * SLOWER, SLOWEST_POLL)
