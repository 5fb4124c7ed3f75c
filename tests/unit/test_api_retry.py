import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.api.outcome import is_certainly_undone, is_transient
from reconciler.api.retry import ATTEMPTS, BUDGET, LONGEST_BACKOFF, Patience, insist
from reconciler.errors import ApiError, Interrupted, Refused, Unknown, Unreachable
from tests.support.api import FakeTime


def failing(error: ApiError, times: int) -> "Failing":
    """An attempt that fails so many times."""
    return Failing(error, times)


class Failing:
    """Raises `error` `times` times, then answers."""

    def __init__(self, error: ApiError, times: int) -> None:
        self.error, self.times, self.attempts = error, times, 0

    def __call__(self) -> str:
        self.attempts += 1
        if self.attempts <= self.times:
            raise self.error
        return "done"


def patience(time: FakeTime, jitter: float = 0.5) -> Patience:
    """Pauses that take no time."""
    return Patience(time.pause, time.clock, lambda: jitter)


@given(st.integers(0, ATTEMPTS - 1), st.floats(0, 1, exclude_max=True))
def test_a_passing_fault_is_outlived(times: int, jitter: float) -> None:
    """Up to five failures are followed by the success, after bounded pauses."""
    time = FakeTime()
    attempt = failing(Unknown("no", status=503), times)
    assert insist(attempt, patience(time, jitter)) == "done"
    assert len(time.pauses) == times
    assert all(0 <= pause <= LONGEST_BACKOFF for pause in time.pauses)


def test_a_standing_fault_ends_after_six_attempts() -> None:
    """The last error is the one that is told."""
    attempt = failing(Unreachable("no"), 99)
    with pytest.raises(Unreachable):
        insist(attempt, patience(FakeTime()))
    assert attempt.attempts == ATTEMPTS


def test_no_wait_begins_once_the_budget_is_spent() -> None:
    """Two waits of two minutes are one too many."""
    time = FakeTime()
    attempt = failing(Refused("no", status=429, retry_after=BUDGET), 99)
    with pytest.raises(Refused):
        insist(attempt, patience(time))
    assert (attempt.attempts, time.pauses) == (2, [BUDGET + 0.25])


def test_a_pause_may_stop_everything() -> None:
    """A signal during a wait ends the call."""

    def stop(seconds: float) -> None:
        raise Interrupted("stop")

    with pytest.raises(Interrupted):
        insist(failing(Unknown("no", status=503), 99), Patience(stop, lambda: 0.0))


@pytest.mark.parametrize("is_over_at", [0, 3])
def test_patience_that_is_over_ends_it_with_the_last_error(is_over_at: int) -> None:
    """Before a wait or after it; what was waited for is told before it is."""
    time, told = FakeTime(), list[float]()
    attempt = failing(Unknown("no", status=503), 99)
    waiting = Patience(
        time.pause,
        time.clock,
        lambda: 0.5,
        is_over=lambda: len(time.pauses) >= is_over_at,
        tell=lambda error, seconds: told.append(seconds),
    )
    with pytest.raises(Unknown):
        insist(attempt, waiting)
    assert told == time.pauses
    assert (len(told), attempt.attempts) == (is_over_at, max(1, is_over_at))


@pytest.mark.parametrize(
    ("error", "transient", "undone"),
    [
        (Unreachable("no"), True, True),
        (Unreachable("no", why="the certificate is not trusted: expired"), False, False),
        (Unknown("broken"), True, False),
        (Unknown("no", status=200), False, False),
        (Unknown("no", status=302), False, False),
        (Unknown("no", status=408), True, False),
        (Unknown("no", status=409), False, False),
        (Unknown("no", status=429), True, False),
        (Unknown("no", status=520), True, False),
        (Unknown("no", status=503), True, False),
        (Refused("no", status=400), False, False),
        (Refused("no", status=401), False, False),
        (Refused("no", status=429, code="slow_down"), True, True),
        (Refused("no", status=429, retry_after=120.0), True, True),
        (Refused("no", status=429, retry_after=121.0), False, False),
        (Refused("no", status=429, code="insufficient_quota"), False, False),
    ],
)
def test_which_errors_are_worth_another_try(error: ApiError, transient: bool, undone: bool) -> None:
    """Reads are repeated for passing faults, a POST only where nothing was done."""
    assert is_transient(error) is transient
    assert is_certainly_undone(error) is undone
