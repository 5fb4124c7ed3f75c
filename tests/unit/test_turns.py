"""Turns: one after the other, in the order in which they came."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from reconciler.core.resource import Lifecycle
from reconciler.schedule import Lanes
from reconciler.turns import Turns


def test_who_came_first_goes_first() -> None:
    """Nobody who comes later overtakes; the other lane is free meanwhile."""
    turns, told = Turns(Lanes(1, 1)), list[int]()

    def wait(number: int) -> None:
        with turns.of(Lifecycle.STORED):
            told.append(number)

    with ThreadPoolExecutor(8) as pool, ExitStack() as held:
        held.enter_context(turns.of(Lifecycle.STORED))
        for number in range(8):
            pool.submit(wait, number)
            while turns.waiting(Lifecycle.STORED) == number:
                assert not told
        with turns.of(Lifecycle.RUN):
            assert not told
        held.close()
    assert told == [*range(8)]
