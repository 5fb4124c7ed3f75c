"""Thousands of random histories of edits, faults and crashes against the real apply."""

import os
from collections import Counter

import pytest

from reconciler import observe
from tests.support.inline import Inline
from tests.support.walk import Walk

CHUNKS = 20
HISTORIES = int(os.environ.get("RECONCILER_WALKS", "5000"))
"""How many histories in all; a nightly run sets more."""

FAULTS = (
    "lost", "dropped", "refused", "lag", "crash", "state lost", "state restored", "job succeeded",
    "job failed", "job cancelled", "job queued", "job warming_up", "file expires", "file deleted",
    "model deleted",
)  # fmt: skip
ACTIONS = ("CREATE", "REPLACE", "DELETE", "CANCEL", "ADOPT", "FORGET", "WAITING")
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
        assert not [name for name in (*FAULTS, *ACTIONS) if not met[name]], "these never happened"


def walked(seed: int) -> Counter[str]:
    """One history, each fifth a long one; a failure shows its steps and how to see it again."""
    walk, steps = Walk(seed), 14 if seed // CHUNKS % 5 else 40
    try:
        walk.run(steps)
    except BaseException as error:
        again = f"again: tests.support.walk.Walk({seed}).run({steps})"
        error.add_note("\n".join([*walk.log, again]))
        raise
    return walk.met
