"""A scenario at a place: what comes before its run, and what comes after the run has died."""

from collections.abc import Iterator, Sequence
from typing import Any

from tests.reliability.ground import Ground
from tests.reliability.oracle import Ledger
from tests.reliability.place import SETTLE, TRAINING, Place
from tests.reliability.scenarios import (
    APPLY,
    OUTPUTS,
    SAVED,
    Apply,
    Declare,
    DieWithDeposed,
    Fail,
    Finish,
    LoseState,
    Review,
    Scenario,
    Settle,
    Step,
)
from tests.support.cli import MODEL
from tests.support.seam import Doom

FAULTS = {"lost": "cut_after", "dropped": "cut", "refused": "rate_limit"}


def prepare(place: Place, scenario: Scenario) -> None:
    """Everything that comes before the run."""
    if scenario.lag:
        place.box.fault("lag", seconds=scenario.lag)
    for step in scenario.before:
        take(place, step)
    for skip, reply in enumerate(scenario.replies):
        if reply in FAULTS:
            place.box.fault(FAULTS[reply], method="POST", skip=skip, times=1)


def take(place: Place, step: Step) -> None:
    """One step of a scenario."""
    match step:
        case Declare():
            declare(place, step)
        case Apply():
            place.run(APPLY).ended(0)
        case Finish():
            place.pass_time(TRAINING + 60)
        case Fail():
            fail_first(place)
        case Settle():
            place.pass_time(2 * SETTLE)
        case LoseState():
            place.lose_state()
        case Review():
            review(place)
        case DieWithDeposed():
            assert isinstance(place, Ground), "only there one can try again"
            die_with_deposed(place)


def declare(place: Place, wanted: Declare) -> None:
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
        "import": [{"to": wanted.imported, "id": place.others[0]}] if wanted.imported else [],
    }
    if wanted.aliases:
        manifest |= {"models": dict(wanted.aliases), "outputs": {"file": OUTPUTS}}
    place.declare(manifest, wanted.contents)


def fail_first(place: Place) -> None:
    """Its training file goes before it was looked at."""
    job = Ledger.of(place).paid[0]
    place.box.send("DELETE", f"/files/{job['training_file']}")
    place.pass_time(10)
    assert Ledger.of(place).paid[0]["status"] == "failed"


def review(place: Place) -> None:
    """Save the plan, and keep its digest."""
    place.run(("plan", "--out", SAVED)).ended(0)
    place.digest = place.run(("plan", "--json")).ended(0).json["digest"]


def die_with_deposed(place: Ground) -> None:
    """Try one instant after the other."""
    start = place.moment()
    for at in range(len(place.instants(APPLY))):
        place.go_back(start)
        place.struck(Doom(at), APPLY)
        if place.state.deposed:
            return
    raise AssertionError("nothing was ever deposed")


def mend(place: Place, scenario: Scenario, *, at_once: bool) -> Sequence[str]:
    """After the crash: run it again, as CI does; what was promised of that and did not happen.

    At once, while it is still in doubt what the dead run did; what the server kept is carried out
    then. After that the faults stop: twice `settle` passes and it is run, at most two times, until
    a run has nothing left to do.
    """
    place.box.heal()
    if scenario.lag:
        place.box.fault("lag", seconds=scenario.lag)
    if scenario.edited:
        declare(place, scenario.edited)
    problems = [*once_more(place, scenario)] if at_once else []
    place.let_in()
    for _ in range(2):
        place.pass_time(2 * SETTLE + 61)
        if (code := place.run(scenario.mended).code) not in (0, 5):
            problems.append(f"I9: exit {code} once the faults had stopped")
    return [*problems, *at_rest(place, scenario)]


def once_more(place: Place, scenario: Scenario) -> Iterator[str]:
    """The same command again, at once; a saved plan may be refused then, with nothing sent."""
    writes = place.writes
    code = place.run(scenario.command).code
    is_refused = code == 3 and SAVED in scenario.command
    if code not in (0, 5) and not is_refused:
        yield f"I9: exit {code} at once after the crash"
    if is_refused and place.writes != writes:
        yield f"I3: a refused plan sent {place.writes - writes} changes"


def at_rest(place: Place, scenario: Scenario) -> Iterator[str]:
    """One run more: it finds nothing to do, sends nothing but reads, and writes nothing."""
    writes, recorded = place.writes, place.recorded()
    if code := place.run(scenario.mended).code:
        yield f"I9: exit {code} in the end"
    if place.writes != writes:
        yield f"I6: the third run sent {place.writes - writes} changes"
    if place.recorded() != recorded:
        yield "I6: the third run wrote to the state"
