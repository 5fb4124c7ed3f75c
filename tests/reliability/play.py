"""A scenario on real ground: prepared, killed, mended, judged."""

from collections.abc import Sequence
from typing import Any

from tests.reliability.ground import SETTLE, TRAINING, Ground, Moment
from tests.reliability.scenarios import (
    Apply,
    Declare,
    DieWithDeposed,
    Fail,
    Finish,
    LoseState,
    Scenario,
    Step,
)
from tests.support.cli import MODEL
from tests.support.seam import Doom

FAULTS = {"lost": "cut_after", "dropped": "cut", "refused": "rate_limit"}


def prepare(ground: Ground, scenario: Scenario) -> Moment:
    """Everything that comes before the run; the moment that it begins."""
    if scenario.lag:
        ground.box.fault("lag", seconds=scenario.lag)
    for step in scenario.before:
        take(ground, step)
    for skip, reply in enumerate(scenario.replies):
        if reply in FAULTS:
            ground.box.fault(FAULTS[reply], method="POST", skip=skip, times=1)
    return ground.moment()


def take(ground: Ground, step: Step) -> None:
    """One step of a scenario."""
    match step:
        case Declare():
            declare(ground, step)
        case Apply():
            ground.run("apply").ended(0)
        case Finish():
            ground.clock.now += TRAINING + 60
        case Fail():
            fail_first(ground)
        case LoseState():
            ground.lose_state()
        case DieWithDeposed():
            die_with_deposed(ground)


def declare(ground: Ground, wanted: Declare) -> None:
    """Write the manifest and its data."""
    files = {name: {"path": f"data/{name}.jsonl"} for name in wanted.contents}
    manifest: dict[str, Any] = {
        "files": files,
        "jobs": {
            name: {
                "model": MODEL,
                "training_file": job.reads,
                "seed": 7,
                "retry": {"max": job.retry},
            }
            for name, job in wanted.jobs.items()
        },
        "moved": [{"from": old, "to": new} for new, old in wanted.moved.items()],
        "import": [{"to": wanted.imported, "id": ground.others[0]}] if wanted.imported else [],
    }
    ground.declare(manifest, wanted.contents)


def fail_first(ground: Ground) -> None:
    """Its training file goes before it was looked at."""
    job = ground.box.made("jobs")[1]  # the first one is somebody else's
    ground.box.send("DELETE", f"/files/{job['training_file']}")
    ground.clock.now += 10
    assert ground.box.made("jobs")[1]["status"] == "failed"


def die_with_deposed(ground: Ground) -> None:
    """Try one instant after the other."""
    start = ground.moment()
    for at in range(len(ground.instants("apply"))):
        ground.go_back(start)
        ground.struck(Doom(at), "apply")
        if ground.state.deposed:
            return
    raise AssertionError("nothing was ever deposed")


def mend(ground: Ground, scenario: Scenario, *, at_once: bool) -> Sequence[str]:
    """After the crash: run it again, as CI does; what was promised of that and did not happen.

    At once, while it is still in doubt what the dead run did; what the server kept is carried out
    then. After that the faults stop: twice `settle` passes and it is run, at most two times, until
    a run has nothing left to do.
    """
    ground.box.ask("DELETE", "/faults")
    if scenario.lag:
        ground.box.fault("lag", seconds=scenario.lag)
    if scenario.edited:
        declare(ground, scenario.edited)
    codes = [ground.run(scenario.command).code] if at_once else []
    ground.door.let_in()
    for _ in range(2):
        ground.clock.now += 2 * SETTLE + 61
        codes.append(ground.run(scenario.command).code)
    writes, recorded = ground.door.writes, ground.recorded()
    codes.append(ground.run(scenario.command).code)
    problems = []
    if set(codes) - {0, 5} or codes[-2:] != [0, 0]:
        problems.append(f"I9: exit codes {codes}")
    if ground.door.writes != writes:
        problems.append(f"I6: the third run sent {ground.door.writes - writes} changes")
    if ground.recorded() != recorded:
        problems.append("I6: the third run wrote to the state")
    return problems
