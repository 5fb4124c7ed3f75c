"""Thousands of random histories of edits, faults and crashes against the real apply."""

import os
from collections import Counter

import pytest

from tests.support.walk import Walk

CHUNKS = 20
HISTORIES = int(os.environ.get("RECONCILER_WALKS", "5000"))
"""How many histories in all; a nightly run sets more."""

FAULTS = (
    "lost", "dropped", "refused", "lag", "crash", "state lost", "job succeeded", "job failed",
    "job cancelled", "job queued", "job warming_up", "file expires", "file deleted",
    "model deleted",
)  # fmt: skip
ACTIONS = ("CREATE", "REPLACE", "DELETE", "CANCEL", "ADOPT", "FORGET", "WAITING")


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_random_histories(chunk: int) -> None:
    """No history pays twice or loses an object, and each one ends with nothing to do."""
    met: Counter[str] = Counter()
    for seed in range(chunk, HISTORIES, CHUNKS):
        met += walked(seed)
    assert not [name for name in (*FAULTS, *ACTIONS) if not met[name]], "these never happened"


def walked(seed: int) -> Counter[str]:
    """One history; a failure says how to see it again."""
    walk = Walk(seed)
    try:
        walk.run()
    except Exception as error:
        steps = "\n".join(walk.log)
        pytest.fail(f"{error}\n{steps}\nagain: tests.support.walk.Walk({seed}).run()")
    return walk.met
