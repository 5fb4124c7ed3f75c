"""Asking again: backoff with full jitter, a capped `Retry-After`, a bounded total."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import TypeVar

from reconciler.api.outcome import is_transient
from reconciler.api.words import PATIENCE
from reconciler.errors import ApiError

T = TypeVar("T")

ATTEMPTS = 6
FIRST_BACKOFF = 0.5
LONGEST_BACKOFF = 30.0
# No new wait begins once this many seconds have passed.
BUDGET = 120.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How waiting is done: `pause` may raise to stop, `clock` is monotonic seconds."""

    pause: Callable[[float], None]
    clock: Callable[[], float]
    jitter: Callable[[], float] = random.random


def insist(
    attempt: Callable[[], T],
    patience: Patience,
    *,
    retries: Callable[[ApiError], bool] = is_transient,
) -> T:
    """The first success of `attempt`, which must be safe to repeat for what `retries` accepts.

    Raises the last error when it is not one to retry, the endpoint asks for a wait of more
    than 120 s, six attempts were made, or 120 s have passed.
    """
    start = patience.clock()
    for failures in count(1):
        try:
            return attempt()
        except ApiError as error:
            over = failures == ATTEMPTS or patience.clock() - start >= BUDGET
            if over or not retries(error) or (error.retry_after or 0.0) > PATIENCE:
                raise
            patience.pause(_delay(error, failures, patience.jitter()))
    raise AssertionError("count() never ends")


def _delay(error: ApiError, failures: int, jitter: float) -> float:
    """Seconds before the next attempt; `jitter` is in [0, 1)."""
    if error.retry_after is not None:
        # Many clients are told the same second; they should not all come back in it.
        return error.retry_after + jitter * FIRST_BACKOFF
    return jitter * min(LONGEST_BACKOFF, FIRST_BACKOFF * 2.0**failures)
