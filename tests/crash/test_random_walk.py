"""Thousands of random histories of edits, faults and crashes against the real apply."""

import os
from collections import Counter
from random import Random

import pytest

from reconciler import observe
from tests.reliability.trace import check
from tests.support.events import Trace
from tests.support.inline import Inline
from tests.support.stack import SETTLE
from tests.support.walk import ACTIONS, FAULTS, STATUSES, Walk

CHUNKS = 10
HISTORIES = int(os.environ.get("RECONCILER_WALKS", "5000"))
"""How many histories in all; a nightly run sets more."""

TRACED = 27
"""Each so many-th history is also checked to be a path of the protocol's model."""

ENOUGH = 100
"""So many histories of a chunk meet every fault."""


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_random_histories(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """No history pays twice or loses an object, and each one ends with nothing to do."""
    monkeypatch.setattr(observe, "ThreadPoolExecutor", Inline)
    met: Counter[str] = Counter()
    seeds = range(chunk, HISTORIES, CHUNKS)
    for seed in seeds:
        met += walked(seed)
    if len(seeds) >= ENOUGH:
        assert not [name for name in (*FAULTS, *STATUSES, *ACTIONS) if not met[name]], (
            "these never happened"
        )


def walked(seed: int) -> Counter[str]:
    """One history, each 50th a long one; a failure shows its steps and how to see it again."""
    walk, steps = Walk(Random(seed)), 7 if seed // CHUNKS % 50 else 40
    trace = Trace(walk.world, SETTLE)
    walk.world.trace = None if seed % TRACED else trace
    try:
        walk.run(steps)
        check(trace)
    except BaseException as error:
        again = f"again: tests.support.walk.Walk(Random({seed})).run({steps})"
        error.add_note("\n".join([*walk.log, again]))
        raise
    return walk.met
