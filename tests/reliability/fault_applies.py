"""The rows of T6 that a whole apply walks: its paid create, and its upload, meet every fault.

The fault stands in the place of the request, or hides the answer of one that was carried out. In
each cell the exit code and the intents of the state are as stated, no op goes out twice, and the
next applies heal: one job, one file, nothing left to do.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from reconciler.api.wire import Limits
from reconciler.cli.verbs.stop import Stop
from reconciler.errors import ExitCode
from reconciler.sandbox.embedded import Embedded
from tests.reliability.ground import Ground, Moment, ground
from tests.reliability.oracle import in_the_end
from tests.reliability.play import mend, prepare
from tests.reliability.report import Profile
from tests.reliability.scenarios import SCENARIOS
from tests.support.api_faults import OUTCOMES, SERVED, SLOW, Fault, on_the_wire
from tests.support.cli import Sandbox
from tests.support.proxy import Proxy
from tests.support.scripted import Received

SCENARIO = SCENARIOS["small"]
PATHS = {"job": "/v1/fine_tuning/jobs", "file": "/v1/files"}

ENDS: Mapping[tuple[str, bool], tuple[ExitCode, int]] = {
    ("R", False): (ExitCode.FAILED, 0),
    ("N", False): (ExitCode.FAILED, 0),
    ("U", False): (ExitCode.UNSETTLED, 1),
    ("U", True): (ExitCode.DONE, 0),
    ("D", True): (ExitCode.DONE, 0),
}
"""Outcome of the create, and whether it was carried out → exit code, and intents that are left.

A doubt about what was done is dispelled at once: a list shows it. That something was done and
refused, or not done and told as done, would be a lie that no client can see through.
"""

LATER = (ExitCode.UNSETTLED, 0)
"""Of a job that the endpoint refuses for now: it waits, and a later apply makes it."""

QUICK = ("429 in 7 s", "502 html", "200 half", "200 wrong types", "no reply, RST", "stall")
"""Beside the table of `tests/e2e/test_faults.py`."""


@dataclass(frozen=True)
class Trial:
    """One cell: whose create meets what, and whether it is carried out."""

    made: str
    fault: Fault
    carries: bool

    @property
    def end(self) -> tuple[ExitCode, int] | None:
        """What is stated for it; None where the cell is a lie of the server."""
        error = self.fault.cells["create"].error
        letter = next(letter for letter, kind in OUTCOMES.items() if kind is error)
        end = ENDS.get((letter, self.carries))
        return LATER if end == ENDS["R", False] and self.is_postponed else end

    @property
    def is_postponed(self) -> bool:
        """Whether the endpoint takes no job now, and may take it later."""
        name = self.fault.name
        return self.made == "job" and name.startswith("429") and name != "429 quota"

    def __str__(self) -> str:
        done = "carried out" if self.carries else "not carried out"
        return f"{self.made}, {done}, {self.fault}"


def trials(profile: Profile) -> list[Trial]:
    """Every cell; in the quick profile a job's create, and some faults."""
    is_quick = profile is Profile.QUICK
    faults = [fault for fault in SERVED if fault.name in QUICK or not is_quick]
    names = ("job",) if is_quick else PATHS
    every = (Trial(n, fault, c) for n in names for fault in faults for c in (False, True))
    return [trial for trial in every if trial.end]


def violations(profile: Profile) -> Iterator[tuple[str, list[str]]]:
    """Each cell, and what was wrong with it."""
    with TemporaryDirectory() as folder, ground(Path(folder)) as here, before(here) as proxy:
        prepare(here, SCENARIO)
        start = here.moment()
        for trial in trials(profile):
            yield f"apply, {trial}", [*tried(here, proxy, start, trial)]


@contextmanager
def before(here: Ground) -> Iterator[Proxy]:
    """A proxy before the simulator; the project knows no other way to it."""
    port = int(here.box.server.base_url.removesuffix("/v1").rpartition(":")[2])
    with Proxy(port, lambda request: False) as proxy, patch.object(Stop, "pause", lambda *_: None):
        here.box = Sandbox(Embedded(proxy.base_url), here.box.pool)
        here.box.serves(here.project)
        here.empty = here.moment()
        yield proxy


def tried(here: Ground, proxy: Proxy, start: Moment, trial: Trial) -> Iterator[str]:
    """Apply with the fault, then without; what is wrong."""
    here.go_back(start)
    proxy.requests.clear()
    proxy.hits, proxy.carries = partial(is_create, PATHS[trial.made]), trial.carries
    proxy.fault = trial.fault.act
    limits = Limits(answer=1.0 if trial.fault.name in SLOW else 30.0)
    try:
        with patch("reconciler.api.transport.Limits", lambda: limits):
            said = here.run(SCENARIO.command)
    except AssertionError as error:
        yield f"I9: {error}"
        return
    finally:
        proxy.fault = None
    assert trial.end
    code, pending = trial.end
    if said.code != code:
        yield f"I9: exit {said.code}, not {code}: {said.err}"
    if len(here.state.pending) != pending:
        yield f"I5: {len(here.state.pending)} intents are left, not {pending}"
    yield from mend(here, SCENARIO, at_once=True)
    yield from in_the_end(here, SCENARIO)
    yield from on_the_wire(proxy.requests)


def is_create(path: str, request: Received) -> bool:
    """Whether a request makes something at this path."""
    return request.method == "POST" and request.target == path
