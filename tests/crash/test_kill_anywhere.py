"""Killed at every single side effect, an apply converges within two more, and nothing is lost.

A side effect is a request that changes something or a write to the disk; the process dies just
before it and just after it.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass

import pytest

from reconciler.core.plan import Action, Severity
from tests.support.stack import SETTLE, Stack, job, manifest
from tests.support.world import World

MOST = 60
"""More side effects than any scenario has: a loop that reaches it is broken."""


@dataclass(frozen=True)
class Scenario:
    """What stands before, what is wanted, and how many jobs it may cost in all."""

    begin: Callable[[], Stack]
    paid: int
    running: int
    files: int


def new(lag: int = 0) -> Stack:
    """Nothing is there yet."""
    return Stack(World(lag=lag), desired=manifest(job("a", "F1"), job("b", "F2")))


def applied(lag: int = 0) -> Stack:
    """Two jobs run."""
    one = new(lag)
    one.apply()
    return one


def replace() -> Stack:
    """A job gets another file."""
    one = applied()
    one.desired = manifest(job("a", "F3"), job("b", "F2"))
    return one


def changed_data() -> Stack:
    """A file's content changes under its name."""
    one = applied()
    one.desired = manifest(job("a", "F3", file="f1"), job("b", "F2"))
    return one


def revert() -> Stack:
    """A spec that was trained before comes back, and its successor's moves elsewhere."""
    one = applied()
    for body in one.world.active():
        one.world.finish(body)
    one.desired = manifest(job("a", "F3"), job("b", "F2"))
    one.apply()
    one.desired = manifest(job("a", "F1"), job("b", "F2"), job("c", "F3"))
    return one


def destroy() -> Stack:
    """Nothing is wanted any more."""
    one = applied()
    one.desired = manifest()
    return one


def adopt() -> Stack:
    """Two specs swap their names."""
    one = applied()
    one.desired = manifest(job("a", "F2"), job("b", "F1"))
    return one


def rename() -> Stack:
    """A running job has a new name."""
    one = applied()
    one.desired = manifest(job("c", "F1"), job("b", "F2"), moved={"jobs.c": "jobs.a"})
    return one


def rename_file() -> Stack:
    """A file that a running job reads has a new name."""
    one = applied()
    entry = job("a", "F1", file="g1")
    one.desired = manifest(entry, job("b", "F2"), moved={"files.g1": "files.f1"})
    return one


def retry() -> Stack:
    """A job failed and may be tried again."""
    one = Stack(World(), desired=manifest(job("a", "F1", retry=1), job("b", "F2")))
    one.apply()
    one.world.finish(one.world.active()[0], "failed", "server_error")
    return one


def lost_state() -> Stack:
    """The state of two running jobs is lost."""
    one = applied()
    one.lose_state()
    return one


def lost_state_and_more() -> Stack:
    """The same, and a third job is wanted."""
    one = lost_state()
    one.desired = manifest(job("a", "F1"), job("b", "F2"), job("c", "F3"))
    return one


def failed_upload() -> Stack:
    """The network loses and refuses what is uploaded."""
    one = new()
    one.world.replies = ["lost", "refused", "dropped"]
    return one


def lost_replies() -> Stack:
    """The network loses what is answered to paid creates, and lists lag."""
    one = new(lag=60)
    one.world.replies = ["ok", "ok", "lost", "dropped"]
    return one


def imported() -> Stack:
    """A file that another tool made is bound to an address."""
    one = applied()
    one.world.files["file-other"] = {
        "filename": "theirs.jsonl", "bytes": 2, "purpose": "fine-tune", "status": "processed",
        "id": "file-other", "created_at": 0,
    }  # fmt: skip
    one.world.fresh["file-other"] = 0
    jobs = job("a", "F1"), job("b", "F2")
    one.desired = manifest(*jobs, files={"old": "F9"}, imports={"files.old": "file-other"})
    return one


SCENARIOS = {
    "create": Scenario(new, paid=2, running=2, files=2),
    "replace": Scenario(replace, paid=3, running=2, files=2),
    "changed data": Scenario(changed_data, paid=3, running=2, files=2),
    "revert": Scenario(revert, paid=3, running=1, files=2),
    "destroy": Scenario(destroy, paid=2, running=0, files=0),
    "adopt": Scenario(adopt, paid=2, running=2, files=2),
    "rename": Scenario(rename, paid=2, running=2, files=2),
    "rename a file": Scenario(rename_file, paid=2, running=2, files=2),
    "retry": Scenario(retry, paid=3, running=2, files=2),
    "lost state": Scenario(lost_state, paid=2, running=2, files=2),
    "lost state and more": Scenario(lost_state_and_more, paid=3, running=3, files=3),
    "failed upload": Scenario(failed_upload, paid=2, running=2, files=2),
    "lost replies": Scenario(lost_replies, paid=2, running=2, files=2),
    "import": Scenario(imported, paid=2, running=2, files=3),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_killed_anywhere(name: str) -> None:
    """No kill costs a second job, leaves an orphan, or needs more than two applies to mend."""
    scenario = SCENARIOS[name]
    begin = scenario.begin()
    for point in range(MOST):
        one = deepcopy(begin)
        is_killed = one.apply_killed_at(point)
        ends_well(one, scenario)
        if not is_killed:
            return
    raise AssertionError(f"{name} never ran to its end")


def ends_well(one: Stack, scenario: Scenario) -> None:
    """Two applies after `settle`, and then one that only looks."""
    one.world.replies = []
    one.apply()
    one.world.pass_time(2 * SETTLE)
    one.apply()
    one.apply()
    plan = one.converge(rounds=1)
    assert {change.action for change in plan.changes} <= {Action.WAITING}
    assert not plan.of(Severity.FAILED, Severity.UNSETTLED, Severity.REFUSED)
    state, world = one.state, one.world
    assert len(world.paid()) == scenario.paid
    assert len(world.active()) == scenario.running
    assert len(world.files) == scenario.files
    assert {body["id"] for body in world.active()} | world.files.keys() <= state.held.keys()
    assert not state.pending
    assert not state.deposed


def test_killed_at_every_place_twice() -> None:
    """A second kill, in the apply that mends the first one, changes nothing."""
    scenario = SCENARIOS["replace"]
    begin = scenario.begin()
    for first in range(MOST):
        one = deepcopy(begin)
        if not one.apply_killed_at(first):
            return
        for second in range(MOST):
            two = deepcopy(one)
            is_killed = two.apply_killed_at(second)
            ends_well(two, scenario)
            if not is_killed:
                break
