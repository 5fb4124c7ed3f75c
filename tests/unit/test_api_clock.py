"""The API's clock: the only one that ages of intents are taken from."""

from reconciler.api.clock import ServerClock

NOW = 1_800_000_000


class Watch:
    """Seconds that a test lets pass."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_it_goes_on_between_answers() -> None:
    """Before the first date nothing is known; after it time passes as it does here."""
    watch = Watch()
    clock = ServerClock(watch, lambda: NOW)
    clock.note(None)
    assert clock.now() is None
    clock.note(NOW)
    watch.seconds += 7.5
    assert clock.now() == NOW + 7


def test_this_machine_has_a_time_of_its_own() -> None:
    """Whatever the API tells, and before it tells any."""
    clock = ServerClock(Watch(), lambda: NOW)
    assert (clock.wall(), clock.now()) == (NOW, None)
    clock.note(NOW - 1)
    assert (clock.wall(), clock.now()) == (NOW, NOW - 1)


def test_it_never_goes_back() -> None:
    """An old date makes nothing old that is new: an intent would be given up too early."""
    watch = Watch()
    clock = ServerClock(watch, lambda: NOW)
    clock.note(NOW)
    clock.note(784_887_151)
    assert clock.now() == NOW
    watch.seconds += 3
    clock.note(NOW + 9)
    assert clock.now() == NOW + 9


def test_it_leaps_forward_only_when_two_answers_in_a_row_tell_so() -> None:
    """One machine with a wrong clock among many makes nothing old; time that has passed does."""
    watch = Watch()
    clock = ServerClock(watch, lambda: NOW)
    clock.note(NOW)
    for date in (NOW + 9_000_000, NOW + 1, NOW + 1_000):
        clock.note(date)
    assert clock.now() == NOW + 1
    watch.seconds += 2
    clock.note(NOW + 1_003)
    assert clock.now() == NOW + 1_003


def test_a_first_answer_far_from_this_machine_is_believed_when_it_is_told_again() -> None:
    """Until then there is no date, as with an endpoint that tells none."""
    for far in (-200_000, -3_600, 3_600, 200_000):
        clock = ServerClock(Watch(), lambda: NOW)
        clock.note(NOW + far)
        assert clock.now() is None
        clock.note(NOW + far + 1)
        assert clock.now() == NOW + far + 1
    clock = ServerClock(Watch(), lambda: NOW)
    clock.note(NOW + 200_000)
    clock.note(NOW - 3_000)
    assert clock.now() is None
    clock.note(NOW + 30)
    assert clock.now() == NOW + 30
