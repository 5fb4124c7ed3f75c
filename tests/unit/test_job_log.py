"""Event logs within a budget of requests, and jobs looked at poll after poll."""

from collections import Counter
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from reconciler.api import Api
from reconciler.cli.verbs.job_log import MAX_EVENTS, Event, JobLog, Reader
from reconciler.cli.verbs.watcher import FIRST_POLL, SLOWEST_POLL, Watcher
from reconciler.cli.verbs.workspace import Workspace
from reconciler.core.address import Address
from reconciler.core.owner import Owner
from reconciler.errors import Unknown


class Server:
    """Jobs with logs that grow; every request is counted."""

    def __init__(self, *jobs: str) -> None:
        self.logs: dict[str, list[Event]] = {job: [] for job in jobs}
        self.statuses = dict.fromkeys(jobs, "running")
        self.asked: Counter[str] = Counter()
        self.fails = 0
        self.estimated: int | None = None
        self.is_lagging = False

    def tell(self, job: str, count: int) -> None:
        """So many events more."""
        begun = len(self.logs[job])
        for number in range(begun, begun + count):
            data = {"step": number, "total_steps": 1000, "train_loss": 1 / (number + 1)}
            self.logs[job].insert(
                0,
                {"id": f"{job}-{number}", "created_at": number, "type": "metrics", "data": data},
            )

    def job_events(self, job: str, limit: int) -> list[Event]:
        self._ask(job)
        return self.logs[job][:limit]

    def walk_job_events(self, job: str) -> Iterator[list[Event]]:
        page, after = list[Event](), -1
        while after < 0 or page:
            self._ask(job)
            page = self.logs[job][after + 1 :][:100]
            yield page
            if len(page) < 100:
                return
            after = self.logs[job].index(page[-1])

    def walk_jobs(self) -> Iterator[list[dict[str, Any]]]:
        names = [] if self.is_lagging else [*self.logs]
        for start in range(0, len(names), 100):
            self.asked["list"] += 1
            yield [self._job(name) for name in names[start : start + 100]]

    def now(self) -> int:
        return 1000

    def _ask(self, job: str) -> None:
        self.asked[job] += 1
        if self.fails:
            self.fails -= 1
            raise Unknown("no answer")

    def _job(self, name: str) -> dict[str, Any]:
        status = self.statuses[name]
        return {"id": name, "status": status, "estimated_finish": self.estimated}


def api(server: Server) -> Api:
    """What is asked of the client."""
    return cast("Api", server)


def watcher(server: Server, *, is_whole: bool = False) -> Watcher:
    """Over all of its jobs."""
    workspace = SimpleNamespace(api=server, owners=(Owner("bots"),))
    jobs = {Address("jobs", name): name for name in server.logs}
    return Watcher(cast("Workspace", workspace), jobs, is_whole=is_whole)


def told(server: Server, reader: Reader, polls: int = 1) -> list[str]:
    """The ids of what is new in so many polls."""
    found = [one for _ in range(polls) for one in reader.read([*server.logs])]
    return [one.event["id"] for one in found]


def test_200_jobs_are_one_list_and_20_events_a_poll() -> None:
    """Who was read longest ago is next, so that ten polls have read each job once."""
    server = Server(*(f"j{number}" for number in range(200)))
    for job in server.logs:
        server.tell(job, 3)
    watch = watcher(server)
    for _ in range(10):
        before = server.asked.total() - server.asked["list"]
        watch.look()
        assert server.asked.total() - server.asked["list"] - before == MAX_EVENTS
    assert server.asked["list"] == 10 * 2  # of 100 jobs a page
    assert {server.asked[job] for job in server.logs} == {1}
    moment = watch.look()
    assert {moment.how_far(address)[0].step for address in moment.jobs} == {2}


def test_every_event_is_told_once_and_in_order() -> None:
    """However many there are, and however many come between two polls."""
    server, reader = Server("a", "b"), None
    server.tell("a", 250)
    server.tell("b", 1)
    reader = Reader(api(server), is_whole=True)
    found = told(server, reader)
    server.tell("a", 330)
    found += told(server, reader)
    assert [id_ for id_ in found if id_[0] == "a"] == [f"a-{n}" for n in range(580)]
    assert [id_ for id_ in found if id_[0] == "b"] == ["b-0"]
    assert reader.training("a").step == 579


def test_a_long_log_is_read_in_several_polls() -> None:
    """Within the budget; nothing is told out of order, and what comes meanwhile comes after it."""
    server = Server("a")
    server.tell("a", 100 * MAX_EVENTS + 1)
    reader = Reader(api(server), is_whole=True)
    assert told(server, reader) == []
    assert server.asked["a"] == MAX_EVENTS
    assert reader.is_behind(["a"])
    server.tell("a", 5)
    found = told(server, reader, polls=2)
    assert found == [f"a-{n}" for n in range(100 * MAX_EVENTS + 6)]
    assert not reader.is_behind(["a"])


def test_a_request_that_fails_loses_nothing() -> None:
    """It is read again in the next poll, from where it was."""
    server = Server("a")
    server.tell("a", 150)
    reader = Reader(api(server), is_whole=True)
    server.fails = 1
    assert told(server, reader) == []
    assert not reader.is_behind(["a"])  # no haste: the endpoint is in trouble
    assert told(server, reader) == [f"a-{n}" for n in range(150)]


def test_a_log_goes_on_after_an_event_that_is_known() -> None:
    """A reader that was stopped and started again tells what it did not tell."""
    server = Server("a")
    server.tell("a", 7)
    log = JobLog("a", after="a-4")
    assert [event["id"] for event in log.read_on(api(server))] == ["a-5", "a-6"]


def test_what_a_job_told_last_is_read_after_its_end() -> None:
    """Nobody sees it end before its last event was told."""
    server = Server("a", "b")
    server.tell("a", 2)
    watch = watcher(server, is_whole=True)
    assert len(watch.look().told) == 2
    server.tell("a", 1)
    server.statuses |= {"a": "succeeded", "b": "cancelled"}
    assert [event["id"] for _, event in watch.look().told] == ["a-2"]
    assert watch.is_over


@pytest.mark.parametrize(
    ("status", "goes_on"),
    [
        ("validating_files", True), ("queued", True), ("running", True), ("rebalancing", True),
        ("paused", False), ("pausing", False),
        ("succeeded", False), ("failed", False), ("cancelled", False),
    ],
)  # fmt: skip
def test_what_is_waited_for(status: str, goes_on: bool) -> None:  # a table
    """What has not ended, but for what stands still by somebody's will."""
    server = Server("a")
    server.statuses["a"] = status
    watch = watcher(server)
    watch.look()
    assert watch.is_over is not goes_on


def test_a_job_that_no_list_shows_is_given_some_time() -> None:
    """A list may lag; but nobody waits for ever."""
    server = Server("a")
    watch = watcher(server)
    server.is_lagging = True
    polls = 0
    while not watch.is_over:
        watch.look()
        polls += 1
    assert polls == 4


def test_polls_back_off_and_meet_the_end() -> None:
    """Each pause is a little longer; an estimated finish is not slept through."""
    server, pauses = Server("a"), list[float]()
    watch = watcher(server)
    for _ in range(20):
        watch.wait(watch.look(), pauses.append, 1e9)
    assert pauses[0] == FIRST_POLL
    assert pauses == sorted(pauses)
    assert pauses[-1] == SLOWEST_POLL
    server.estimated = 1004
    watch.wait(watch.look(), pauses.append, 1e9)
    assert pauses[-1] == 4
    server.estimated = 900  # it is late
    watch.wait(watch.look(), pauses.append, 1e9)
    assert pauses[-1] == SLOWEST_POLL


def test_the_time_that_is_left_is_the_endpoints_word_or_the_pace() -> None:
    """A second a step here; without a pace nothing is known."""
    server = Server("a", "b")
    server.tell("a", 501)
    server.tell("b", 1)
    moment = watcher(server).look()
    a, b = (moment.how_far(Address("jobs", name))[1] for name in "ab")
    assert (a, b) == (0, None)  # step 500 of 1000 was done at 500, and it is 1000 now
    server.estimated = 1300
    assert watcher(server).look().how_far(Address("jobs", "b"))[1] == 300
