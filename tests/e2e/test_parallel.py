"""Effects side by side, in real threads over real HTTP: as many as allowed, and nothing lost."""

import asyncio
import json
import re
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable
from contextlib import suppress

import pytest
from starlette.types import Receive, Scope, Send

from reconciler.sandbox.gate import Gate
from tests.support.cli import MODEL, Project, Sandbox, finished, many

FILES, JOBS = "/v1/files", "/v1/fine_tuning/jobs"


PATIENCE = 60.0
"""Seconds until requests that should be together, and are not, are let go."""
MARGIN = 0.1
"""Seconds in which one too many would come."""


class Gauge:
    """How many requests of each method are answered at once, and were at the most.

    The first ones of a method are held until so many are there as are `awaited`.
    """

    def __init__(self) -> None:
        self.now: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.awaited: dict[str, int] = {}
        self._together = defaultdict[str, asyncio.Event](asyncio.Event)

    async def count(self, route: str, answer: Awaitable[None]) -> None:
        """One request, while it lasts; all are of one thread."""
        self.now[route] += 1
        self.most[route] = max(self.most[route], self.now[route])
        try:
            if route in self.awaited:
                await self._hold(route)
            await answer
        finally:
            self.now[route] -= 1

    def wait_for_none(self) -> None:
        """Return once all requests have been carried out, whoever sent them."""
        deadline = time.monotonic() + PATIENCE
        while any(self.now.values()):
            assert time.monotonic() < deadline, f"still in flight: {self.now}"
            time.sleep(0.01)

    async def _hold(self, route: str) -> None:
        together = self._together[route]
        if self.most[route] >= self.awaited[route]:
            together.set()
        with suppress(TimeoutError):
            await asyncio.wait_for(together.wait(), PATIENCE)
        await asyncio.sleep(MARGIN)
        self.awaited.pop(route, None)


@pytest.fixture
def gauge(monkeypatch: pytest.MonkeyPatch) -> Gauge:
    """What every simulator of this process has in flight."""
    found, real = Gauge(), Gate.__call__

    async def counted(self: Gate, scope: Scope, receive: Receive, send: Send) -> None:
        answer = real(self, scope, receive, send)
        path = re.sub(r"/file-.*", "/*", scope.get("path", ""))
        await found.count(f"{scope.get('method')} {path}", answer)

    monkeypatch.setattr(Gate, "__call__", counted)
    return found


def each_its_own(project: Project, count: int) -> None:
    """So many files, and a job on each."""
    many(project, count)
    jobs = {f"j{n}": {"model": MODEL, "training_file": f"f{n}"} for n in range(count)}
    project.save(jobs=jobs)


def alive(box: Sandbox) -> list[str]:
    """The names of all files that are there."""
    return [each["filename"] for each in box.made("files") if not each["deleted_at"]]


def test_many_small_files(served: Project, box: Sandbox, gauge: Gauge) -> None:
    """Eight are on their way at any time, and never more; each arrives once."""
    many(served, 120)
    gauge.awaited[f"POST {FILES}"] = 8
    said = served.run("apply", "--yes").ended(0)
    assert "Apply: 120 done in " in said.out
    assert gauge.most[f"POST {FILES}"] == 8
    assert len(set(alive(box))) == len(alive(box)) == len(served.state["records"]) == 120
    assert "nothing to do" in served.run("plan").out


@pytest.mark.parametrize(("flags", "files", "jobs"), [
    ((), 8, 1), (("--parallel", "3"), 3, 1), (("--parallel", "1", "--parallel-jobs", "4"), 1, 4),
])  # fmt: skip
def test_as_many_as_allowed(
    served: Project, box: Sandbox, gauge: Gauge, flags: tuple[str, ...], files: int, jobs: int
) -> None:
    """Files eight at once, jobs one by one, unless a flag says otherwise; deletes as uploads."""
    many(served, 10, jobs=6)
    expected = {f"POST {FILES}": files, f"POST {JOBS}": jobs, f"DELETE {FILES}/*": files}
    gauge.awaited.update(expected)
    served.run("apply", "--yes", *flags).ended(0)
    served.run("destroy", "--yes", *flags).ended(0)
    assert {route: gauge.most[route] for route in expected} == expected
    assert alive(box) == []


@pytest.mark.parametrize("flags", [("--json",), ()], ids=["json", "pipe"])
def test_how_far_an_upload_is(
    served: Project, box: Sandbox, monkeypatch: pytest.MonkeyPatch, flags: tuple[str, ...]
) -> None:
    """While one lasts it is told, in a pipe by a dated line a minute at most."""
    monkeypatch.setattr("reconciler.apply.TICK", 0.05)
    monkeypatch.setattr("reconciler.cli.verbs.progress.A_MINUTE", 0.1)
    box.fault("latency", method="POST", path=FILES, seconds=0.5, times=1)
    said = served.run("apply", "--yes", "--parallel", "1", *flags).ended(0)
    if flags:
        told = [json.loads(line) for line in said.out.splitlines()]
        found = [one for one in told if one["type"] == "sending"]
        assert {one["address"] for one in found} == {"files.train"}
        assert {one["sent"] for one in found} == {found[0]["total"]}
    else:
        lines = [line for line in said.err.splitlines() if "sent (" in line]
        assert lines
        assert all(
            re.search(r"Z files.train .* KB of .* KB sent \(\d+\.\ds\)$", one) for one in lines
        )


@pytest.mark.parametrize("flag", ["--parallel", "--parallel-jobs"])
def test_none_at_all_is_a_mistake(demo: Project, flag: str) -> None:
    """As is any number that no endpoint bears."""
    for number in ("0", "65", "x"):
        demo.run("apply", flag, number).ended(64)


def test_a_failure_keeps_back_only_what_needs_it(served: Project, box: Sandbox) -> None:
    """Of twelve files one is refused: its job waits for it, the eleven others go on."""
    each_its_own(served, 12)
    box.fault("denied", method="POST", path=FILES, skip=5, times=1)
    said = served.run("apply", "--yes", "--parallel-jobs", "4").ended(1)
    assert "Apply: 22 done, 1 failed, 1 skipped" in said.out
    assert len(box.made("jobs")) == 11
    served.run("apply", "--yes").ended(0)
    assert len(box.made("jobs")) == 12
    assert len(alive(box)) == 12


def test_lost_replies_side_by_side(served: Project, box: Sandbox) -> None:
    """Each is looked for by its own name, and none is sent twice."""
    many(served, 12)
    box.fault("cut_after", method="POST", path=FILES, skip=2, times=6)
    served.run("apply", "--yes").ended(0)
    assert len(box.made("files")) == 12


def test_a_stop_finishes_what_is_in_flight(served: Project, box: Sandbox) -> None:
    """And starts nothing more: what was sent is recorded, file for file."""
    many(served, 40)
    box.fault("latency", method="POST", path=FILES, seconds=0.5)
    process = served.start("apply", "--yes")
    box.wait_for(f"POST {FILES}", 8)
    process.send_signal(signal.SIGINT)
    said = finished(process).ended(130)
    made = {each["id"] for each in box.made("files")}
    assert 8 <= len(made) <= 16
    assert {record["id"] for record in served.state["records"].values()} == made
    assert said.err.count("not started") == 40 - len(made)
    box.heal()
    served.run("apply", "--yes").ended(0)
    assert len(box.made("files")) == 40


def test_killed_with_eight_in_flight(served: Project, box: Sandbox, gauge: Gauge) -> None:
    """Every intent was durable before its request: the next apply finds each file, or sends it."""
    each_its_own(served, 16)
    box.fault("latency", method="POST", path=FILES, seconds=0.3)
    process = served.start("apply", "--yes")
    box.wait_for(f"POST {FILES}", 10)
    process.kill()
    finished(process)
    gauge.wait_for_none()  # an upload that arrives later still is sent again: it costs nothing
    box.heal()
    served.run("apply", "--yes")
    box.advance(400)  # what was announced and never came is settled by then
    served.run("apply", "--yes").ended(0)
    names = alive(box)
    assert len(set(names)) == len(names) == 16
    assert len(box.made("jobs")) == 16
    assert served.state["pending"] == {}


def test_what_is_said_side_by_side(served: Project, box: Sandbox) -> None:
    """Each change begins before it ends, and the ends add up; as JSON they are told by address."""
    each_its_own(served, 6)
    lines = served.run("apply", "--yes", "--json", "--parallel-jobs", "3").ended(0).lines
    steps = [
        (line["type"], line["address"]) for line in lines if line["type"] in ("started", "done")
    ]
    for name in (f"{kind}{n}" for kind in ("files.f", "jobs.j") for n in range(6)):
        assert steps.index(("started", name)) < steps.index(("done", name))
    for n in range(6):
        assert steps.index(("done", f"files.f{n}")) < steps.index(("started", f"jobs.j{n}"))
    assert len(steps) == 24
