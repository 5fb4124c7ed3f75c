"""The events of jobs, read within a budget: so many requests a poll, whoever was read longest ago.

For a table the newest page of a job is enough. A reader of the whole log gets each event once, the
oldest first: where a page does not reach back to the last one that was told, reading goes on with
the pages before it, in the next poll if need be.
"""

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any, NamedTuple

from reconciler.api import Api
from reconciler.errors import ApiError, Unsettled
from reconciler.render.training import Training, training_of

MAX_EVENTS = 20
"""Requests for events in one poll."""

PAGE = 100
"""Events of a job that are remembered: the largest page."""

Event = dict[str, Any]


class Told(NamedTuple):
    """An event that was not told yet, and the id of its job."""

    job: str
    event: Event


class JobLog:
    """The log of one job.

    Attributes:
        read_at, failed_at: the poll in which it was read last, or could not be; 0: never.
        is_whole: whether all that the endpoint had then was read.
        has_asked: whether reading it on took a request.
    """

    def __init__(self, id_: str, after: str = "") -> None:
        """`after`: the id of the last event that is known already."""
        self.id, self.read_at, self.failed_at = id_, 0, 0
        self.is_whole, self.has_asked = False, True
        self._last, self._newest = after, list[Event]()
        self._pages: Iterator[list[Event]] | None = None
        self._held: list[Event] = []

    @property
    def training(self) -> Training:
        """Step and losses, as far as they are remembered."""
        return training_of(self._newest)

    def read_newest(self, api: Api) -> list[Event]:
        """One request; what is new in the newest page, the oldest first."""
        page = api.job_events(self.id, PAGE)
        self.is_whole = True
        return self._told([*self._fresh(page)])

    def read_on(self, api: Api) -> list[Event]:
        """One request; what is new, once no page is missing before it: the oldest first."""
        if self._pages is None:
            self._pages, self._held = api.walk_job_events(self.id), []
        page = next(self._pages, [])
        self.has_asked = bool(page)  # after the last page nothing is asked for
        fresh = [*self._fresh(page)]
        self._held += fresh
        self.is_whole = len(fresh) < len(page) or not page
        if not self.is_whole:
            return []
        self._pages = None
        return self._told(self._held)

    def forget(self) -> None:
        """A request failed: what was read of a longer stretch is read again."""
        self._pages = None

    def _fresh(self, page: list[Event]) -> Iterator[Event]:
        return takewhile(lambda event: event["id"] != self._last, page)

    def _told(self, fresh: list[Event]) -> list[Event]:
        """Newest first in, oldest first out; from now on they are known."""
        if fresh:
            self._last = fresh[0]["id"]
            self._newest = [*fresh, *self._newest][:PAGE]
        return fresh[::-1]


class Reader:
    """The logs of several jobs."""

    def __init__(self, api: Api, *, is_whole: bool) -> None:
        """`is_whole`: every event is told, not only what the newest page has."""
        self._api, self._is_whole = api, is_whole
        self._logs: dict[str, JobLog] = {}
        self._poll = 0

    def training(self, id_: str) -> Training:
        """How far a job is, as far as its log was read."""
        return self._logs[id_].training if id_ in self._logs else Training()

    def read(self, running: Sequence[str], ended: Sequence[str] = ()) -> list[Told]:
        """One poll: what is new of those that run, and the rest of those that have ended."""
        self._poll += 1
        for id_ in (*running, *ended):
            self._logs.setdefault(id_, JobLog(id_))
        due = [self._logs[id_] for id_ in running] + [*self._unread(ended)]
        told, left = list[Told](), MAX_EVENTS
        for log in sorted(due, key=lambda log: log.read_at):
            while left and not self._is_done(log):
                told += [Told(log.id, event) for event in self._read(log)]
                left -= log.has_asked
        return told

    def is_behind(self, ids: Sequence[str]) -> bool:
        """Whether something of these was not read yet, so that the next poll should come soon."""
        logs = (self._logs[id_] for id_ in ids if id_ in self._logs)
        return any(not log.is_whole and log.failed_at != self._poll for log in logs)

    def _is_done(self, log: JobLog) -> bool:
        """Whether this poll has nothing more to read of it."""
        return log.failed_at == self._poll or (log.read_at == self._poll and log.is_whole)

    def close(self, id_: str) -> None:
        """It has ended: what it told last is still to be read."""
        if id_ in self._logs:
            self._logs[id_].is_whole = False

    def _unread(self, ended: Sequence[str]) -> Iterator[JobLog]:
        return (self._logs[id_] for id_ in ended if not self._logs[id_].is_whole)

    def _read(self, log: JobLog) -> list[Event]:
        log.read_at = self._poll
        try:
            return log.read_on(self._api) if self._is_whole else log.read_newest(self._api)
        except (ApiError, Unsettled):
            log.forget()
            log.is_whole, log.has_asked, log.failed_at = False, True, self._poll
            return []
