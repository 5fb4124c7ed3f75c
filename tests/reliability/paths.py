"""Histories of the tiny world as paths of the protocol's model, and which steps they take."""

from collections import Counter
from collections.abc import Iterator
from random import Random
from unittest.mock import patch

from reconciler import observe
from reconciler.errors import Fenced
from tests.reliability.protocol_steps import ACTIONS
from tests.reliability.trace import NotAPath, check
from tests.support.events import Trace
from tests.support.inline import Inline
from tests.support.stack import SETTLE, Stack, job, manifest
from tests.support.walk import Walk
from tests.support.world import World

ONLY_WEAKER = {"date", "resend"}
"""Steps of protocols that are not ours."""

MOST = 40
"""More side effects than a first apply has."""


def taken(count: int) -> tuple[int, list[str], list[str]]:
    """How many histories there were, those that are no paths, and steps that none took."""
    found = [*haunted(), *blinded(), *walked(range(count))]
    seen = sum((each for each in found if isinstance(each, Counter)), Counter[str]())
    missing = [name for name in ACTIONS if name not in ONLY_WEAKER and not seen[name]]
    return len(found), [each for each in found if isinstance(each, str)], missing


def walked(seeds: range, steps: int = 30) -> Iterator[Counter[str] | str]:
    """The steps of the model that each random history takes, or why it is no path."""
    with patch.object(observe, "ThreadPoolExecutor", Inline):
        for seed in seeds:
            walk = Walk(Random(seed))
            trace = walk.world.trace = Trace(walk.world, SETTLE)
            walk.run(steps)
            yield judged(trace, f"Walk(Random({seed})).run({steps})")


def haunted() -> Iterator[Counter[str] | str]:
    """A run lives on after its lock was broken, wherever it was, and another one ran meanwhile."""
    for lag in (0, 60):
        for asleep in (0, SETTLE + 61):
            for point in range(MOST):
                one = recorded(lag)
                is_broken = meet_a_ghost(one, point, asleep)
                name = f"haunted: lag {lag}, asleep {asleep}, point {point}"
                paid = len(one.world.paid())
                yield judged(one.world.trace, name) if paid == 1 else f"{name}: paid {paid} times"
                if not is_broken:
                    break


def meet_a_ghost(one: Stack, point: int, asleep: int) -> bool:
    """Whether the lock broke, before the run had ended; then all is brought to its end."""
    met: list[str] = []

    def ghost() -> None:
        met.append("ghost")
        one.world.pass_time(asleep)
        one.break_lock()
        one.another().apply()

    with one.fuse.lit(point, ghost):
        try:
            one.apply()
        except Fenced:
            met.append("fenced")
    one.world.pass_time(2 * SETTLE)
    one.converge()
    return bool(met)


def blinded() -> Iterator[Counter[str] | str]:
    """No reply comes, and the list that is read to look for the job is odd."""
    one = recorded()
    one.world.replies = ["ok", "lost"]
    with one.fuse.lit(0, lambda: setattr(one.world, "odd_lists", 1)):
        one.apply()
    one.world.pass_time(2 * SETTLE)
    one.converge()
    yield judged(one.world.trace, "blinded")


def recorded(lag: int = 0) -> Stack:
    """A runner that wants one job, in a world that records what it does."""
    world = World(lag=lag)
    world.trace = Trace(world, SETTLE)
    return Stack(world, desired=manifest(job("a")))


def judged(trace: Trace | None, name: str) -> Counter[str] | str:
    """What a trace shows, or why it is no path."""
    assert trace
    try:
        return check(trace)
    except NotAPath as error:
        return f"{name}: {error}"
