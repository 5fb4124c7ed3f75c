"""In memory: killed at every side effect, `--replace` pays for one more job, and no other."""

from copy import deepcopy

import pytest
from msgspec.structs import replace

from reconciler.core.wish import Wish, wished
from tests.support.stack import Stack, job, manifest
from tests.support.world import World

MOST = 80
"""More side effects than any of these applies has."""

WISHES = {
    "replace": Wish(("*",)),
    "replace and cancel first": Wish(("*",), ("*",)),
    "replace a file": Wish(("files.*",)),
}


def begun(wish: Wish, *, ended: bool, lag: int = 0) -> Stack:
    """One job that is there, and what a person wants of it."""
    one = Stack(World(lag=lag), desired=manifest(job("a", "F1")))
    one.apply()
    one.world.now += 1000
    if ended:
        one.world.finish(one.world.active()[0])
        one.apply()
    one.desired = wished(one.desired, wish)
    return one


@pytest.mark.parametrize("ended", [True, False], ids=["finished", "running"])
@pytest.mark.parametrize("name", WISHES)
def test_killed_anywhere(name: str, ended: bool) -> None:
    """The same command again makes what is missing; of what is there already it makes no second."""
    wish = WISHES[name]
    begin, more = begun(wish, ended=ended), int("*" in wish.replaced)
    for point in range(MOST):
        one = deepcopy(begin)
        is_killed = one.apply_killed_at(point)
        for _ in range(3):
            one.world.now += 1000  # what is in doubt can be settled
            one.apply()
        assert len(one.world.jobs) == 1 + more
        one.desired = replace(one.desired, renewed=frozenset())
        one.converge()
        assert len(one.world.active()) == int(more or not ended)
        for body in one.world.active():
            one.world.finish(body)
        one.converge()
        assert len(one.world.files) == 1
        assert one.state.renewals == ()
        if not is_killed:
            return
    raise AssertionError(f"{name} never ran to its end")


def test_a_lost_reply_is_no_reason_for_another() -> None:
    """The answer to the create is lost, and no list shows it for a while."""
    one = begun(Wish(("jobs.a",)), ended=True)
    one.world.replies, one.world.lag = ["lost"], 200
    for _ in range(3):
        one.apply()
    assert len(one.world.jobs) == 2
    assert len(one.state.pending) == 1
    one.world.now += 1000
    one.apply()
    assert one.plan().is_empty
    assert len(one.world.jobs) == 2
