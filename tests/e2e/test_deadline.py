"""`--deadline`: whatever hangs then, apply leaves with 6 before CI kills it, and goes on later."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reconciler.backends import Holder, open_backend
from reconciler.cli.verbs import stop
from tests.support.cli import Project, Said, Sandbox

JOBS = "/v1/fine_tuning/jobs"
RIVAL = Holder("7c1e04", "ci", "there", 1, "2026-11-23T14:02:07Z", "apply")


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is on the wire at the deadline has little time."""
    monkeypatch.setattr(stop, "GRACE", 0.2)


def test_before_anything_was_started(served: Project, box: Sandbox) -> None:
    """A list that hangs is left behind; nothing was sent, and nothing is written."""
    box.fault("latency", path=JOBS, seconds=60)
    error = late(served).error
    assert error["what"] == "deadline of 1s reached before anything was started"
    assert error["cure"] == "the same command again: it goes on from here; nothing is paid twice"
    assert box.writes() == 0
    assert not (served.root / "state/demo.json").exists()


def late(served: Project, *flags: str) -> Said:
    """An apply that meets its deadline; nothing that hangs for a minute kept it."""
    began = time.monotonic()
    said = served.run("apply", "--yes", "--deadline", "1s", *flags).ended(6)
    assert time.monotonic() - began < 40
    return said


HANGS: dict[str, tuple[str, Callable[[Sandbox], None], str]] = {
    "a create": (
        f"POST {JOBS}",
        lambda box: box.fault("latency", method="POST", path=JOBS, seconds=60, times=1),
        "with 1 unsettled",
    ),
    "the wait of a busy endpoint": (
        f"POST {JOBS}",
        lambda box: box.fault("rate_limit", method="POST", path=JOBS, retry_after=60),
        "with 1 waiting",
    ),
    "an upload": (
        "POST /v1/files",
        lambda box: box.fault("latency", method="POST", path="/v1/files", seconds=60, times=1),
        "with 1 unsettled, 1 not started",
    ),
    "the wait for a doubt": (
        f"POST {JOBS}",
        lambda box: box.fault("cut", method="POST", path=JOBS, times=1),
        "with 1 unsettled",
    ),
}
"""What hangs → the request that it begins with, its fault, and what the deadline finds."""


@pytest.mark.parametrize("hang", HANGS)
def test_amid_the_work(served: Project, box: Sandbox, hang: str) -> None:
    """The step under way gets a moment, nothing more is started; later one job is paid for."""
    route, fault, found = HANGS[hang]
    fault(box)
    with comes(box, route):
        said = served.run("apply", "--yes", "--wait", "--deadline", "1h").ended(6)
    assert " · deadline reached\n" in said.out
    assert f"error: deadline of 1h 00m reached {found}\n" in said.err
    assert "next:" not in said.err
    box.heal()
    box.advance(400)
    served.run("apply", "--yes").ended(0)
    assert len(box.made("jobs")) == 1


@contextmanager
def comes(box: Sandbox, route: str) -> Iterator[None]:
    """The deadline comes once this was asked for, however long that takes on a busy machine."""

    def ring() -> None:
        box.wait_for(route)
        os.kill(os.getpid(), signal.SIGALRM)

    thread = threading.Thread(target=ring)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def test_while_a_rival_holds_the_lock(served: Project, box: Sandbox) -> None:
    """The time that is waited for the lock counts, too."""
    with open_backend("state/demo.json", Path(served.root)).lock(RIVAL):
        said = late(served, "--lock-timeout", "1m")
    assert "error: deadline of 1s reached before anything was started\n" in said.err
    assert sum(box.requests().values()) == 0


def test_in_time(served: Project, box: Sandbox) -> None:
    """A deadline that did not come changes nothing, and does not outlive its command."""
    served.run("apply", "--yes", "--wait", "--deadline", "1m").ended(0)
    assert len(box.made("jobs")) == 1
