"""In memory: killed at every single side effect, an apply converges, and nothing is lost.

A side effect is a request that changes something or a write to the disk; the process dies just
before it and just after it. The scenarios are those of `make reliability`, which plays them with
real files and real HTTP and dies at many more instants, in more time.
"""

from collections.abc import Callable, Mapping
from copy import deepcopy

import pytest

from reconciler.core.alias import Published
from reconciler.core.losses import Learnt
from reconciler.core.orphans import Sweep
from reconciler.core.plan import Action, Severity
from reconciler.core.wish import Wish, wished
from tests.reliability.scenarios import (
    DESTROY,
    FAREWELL,
    OUTPUTS,
    RETRY,
    SCENARIOS,
    SWEEP,
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
from tests.reliability.trace import check
from tests.support.events import Trace
from tests.support.stack import SETTLE, Stack, job, manifest
from tests.support.world import World

MOST = 80
"""More side effects than any scenario has: a loop that reaches it is broken."""

STRIDE = 2
"""Of the second deaths each so many-th is tried, others after each first one."""

RECORDED = 4
"""Of so many deaths one is recorded."""

THEIRS = "file-other"
"""A file that another tool made."""


def prepared(scenario: Scenario) -> Stack:
    """Everything that comes before the run."""
    one = Stack(World(lag=scenario.lag))
    one.world.trace = Trace(one.world, SETTLE)
    for step in scenario.before:
        one = taken(one, step)
    if scenario.command in (DESTROY, FAREWELL):
        one.desired, one.takes_models = manifest(), scenario.command == FAREWELL
    if scenario.command == RETRY:
        one.desired = wished(one.desired, Wish(retried=("jobs.a",), reason="an outage"))
    if scenario.command == SWEEP:
        one.sweep = Sweep(allowed=("*",))
    one.world.replies = [*scenario.replies]
    return one


def taken(one: Stack, step: Step) -> Stack:
    """The stack after one step of a scenario."""
    match step:
        case Declare():
            declare(one, step)
        case DieWithDeposed():
            return one.killed_when(lambda dead: bool(dead.state.deposed))
        case _:
            PLAIN[type(step)](one)
    return one


def declare(one: Stack, wanted: Declare) -> None:
    """The manifest in the notation of the stack."""
    imports = {wanted.imported: THEIRS} if wanted.imported else {}
    if imports:
        somebody_uploads(one.world, *wanted.files.values())
    jobs = (
        job(name, each.data, file=each.reads, retry=each.retry)
        for name, each in wanted.jobs.items()
    )
    one.desired = manifest(
        *jobs, files=wanted.files, moved=wanted.moved, imports=imports, aliases=wanted.aliases
    )
    if wanted.aliases:
        one.published = one.published or Published(OUTPUTS)


def somebody_uploads(world: World, text: str) -> None:
    """A file that is not ours."""
    world.files[THEIRS] = {
        "filename": "theirs.jsonl", "bytes": len(text), "purpose": "fine-tune",
        "status": "processed", "id": THEIRS, "created_at": 0,
    }  # fmt: skip
    world.fresh[THEIRS] = 0


def finish(one: Stack) -> None:
    """Every job that runs succeeds."""
    for body in one.world.active():
        one.world.finish(body)
    one.losses = {id_: Learnt({"train_loss": 1.0}) for id_ in one.world.jobs}


def fail(one: Stack) -> None:
    """The first job fails."""
    one.world.finish(one.world.active()[0], "failed", "server_error")


PLAIN: Mapping[type[Step], Callable[[Stack], object]] = {
    Apply: Stack.apply,
    Finish: finish,
    Fail: fail,
    LoseState: Stack.lose_state,
    Review: Stack.plan,
    Settle: lambda one: one.world.pass_time(2 * SETTLE),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_killed_anywhere(name: str) -> None:
    """No kill costs a second job, leaves an orphan, or needs more than two applies to mend."""
    scenario = SCENARIOS[name]
    begin = prepared(scenario)
    for point in range(MOST):
        one = deepcopy(begin)
        if point % RECORDED:
            one.world.trace = None
        is_killed = one.apply_killed_at(point)
        ends_well(one, scenario)
        if not is_killed:
            return
    raise AssertionError(f"{name} never ran to its end")


def ends_well(one: Stack, scenario: Scenario) -> None:
    """One apply at once, two after `settle`, and then one that only looks.

    Where it is recorded, all that happened is a path of the protocol's model.
    """
    one.world.replies = []
    if scenario.edited:
        declare(one, scenario.edited)
    one.apply()
    one.world.pass_time(2 * SETTLE)
    one.apply()
    one.apply()
    plan = one.converge(rounds=1)
    assert {change.action for change in plan.changes} <= {Action.WAITING}
    assert not plan.of(Severity.FAILED, Severity.UNSETTLED, Severity.REFUSED)
    state, world = one.state, one.world
    least, most = scenario.paid
    assert least <= len(world.paid()) <= most
    assert len(world.active()) == scenario.running
    assert len(world.files.keys() - {THEIRS}) == scenario.files
    assert {body["id"] for body in world.active()} | world.files.keys() <= state.held.keys()
    assert not state.pending
    assert not state.deposed
    if scenario.models is not None:
        ends_promoted(one, scenario.models)
    if world.trace:
        check(world.trace)


def ends_promoted(one: Stack, models: int) -> None:
    """Applications are told what is in use; each promotion happened once; old models are gone."""
    in_use = {address.name: alias.model for address, alias in one.state.aliases.items()}
    assert bool(in_use) == bool(models)
    assert one.published
    assert one.published.models == in_use
    for alias in one.state.aliases.values():
        assert len({*alias.history}) == len(alias.history)
    assert len(one.world.models) == models
    assert {*in_use.values()} <= {*one.world.models}


def test_killed_at_every_place_twice() -> None:
    """A second kill, in the apply that mends the first one, changes nothing."""
    scenario = SCENARIOS["replace"]
    begin = prepared(scenario)
    begin.world.trace = None
    for first in range(MOST):
        one = deepcopy(begin)
        if not one.apply_killed_at(first):
            return
        for second in range(first % STRIDE, MOST, STRIDE):
            two = deepcopy(one)
            is_killed = two.apply_killed_at(second)
            ends_well(two, scenario)
            if not is_killed:
                break
