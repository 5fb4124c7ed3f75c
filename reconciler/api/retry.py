"""Asking again: backoff with full jitter, a capped `Retry-After`, a bounded total."""

import random
import time
from collections.abc import Callable
from itertools import count
from typing import NamedTuple, TypeVar

from reconciler.api.clock import uptime
from reconciler.api.outcome import is_transient
from reconciler.errors import ApiError

T = TypeVar("T")

ATTEMPTS = 6
FIRST_BACKOFF = 0.5
LONGEST_BACKOFF = 30.0
# No new wait begins once this many seconds have passed.
BUDGET = 120.0


class Patience(NamedTuple):
    """How waiting is done.

    Attributes:
        pause: waits so many seconds; it may end early, or raise to stop.
        clock: monotonic seconds.
        jitter: from 0 to below 1, another each time.
        is_over: whether nothing more should be waited for.
        tell: is told of each wait before it begins: why, and how many seconds.
    """

    pause: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = uptime
    jitter: Callable[[], float] = random.random
    is_over: Callable[[], bool] = lambda: False
    tell: Callable[[ApiError, float], None] = lambda _error, _seconds: None


def insist(
    attempt: Callable[[], T],
    patience: Patience,
    *,
    retries: Callable[[ApiError], bool] = is_transient,
) -> T:
    """The first success of `attempt`, which must be safe to repeat for what `retries` accepts.

    Raises the last error when it is not one to retry, six attempts were made, 120 s have passed,
    or patience is over.
    """
    start = patience.clock()
    for failures in count(1):
        try:
            return attempt()
        except ApiError as error:
            is_enough = failures == ATTEMPTS or patience.clock() - start >= BUDGET
            if is_enough or patience.is_over() or not retries(error):
                raise
            seconds = _delay(error, failures, patience.jitter())
            patience.tell(error, seconds)
            patience.pause(seconds)
            if patience.is_over():
                raise
    raise AssertionError("count() never ends")


def _delay(error: ApiError, failures: int, jitter: float) -> float:
    """Seconds before the next attempt; `jitter` is in [0, 1)."""
    if error.retry_after:  # "at once" would be all tries within a second
        # Many clients are told the same second; they should not all come back in it.
        return error.retry_after + jitter * FIRST_BACKOFF
    return jitter * min(LONGEST_BACKOFF, FIRST_BACKOFF * 2.0**failures)
