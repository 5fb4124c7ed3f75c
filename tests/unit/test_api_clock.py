"""The API's clock: the only one that ages of intents are taken from."""

from reconciler.api.clock import ServerClock


class Watch:
    """Seconds that a test lets pass."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_it_goes_on_between_answers() -> None:
    """Before the first date nothing is known; after it time passes as it does here."""
    watch = Watch()
    clock = ServerClock(watch)
    clock.note(None)
    assert clock.now() is None
    clock.note(1_800_000_000)
    watch.seconds += 7.5
    assert clock.now() == 1_800_000_007


def test_it_never_goes_back() -> None:
    """An old date makes nothing old that is new: an intent would be given up too early."""
    watch = Watch()
    clock = ServerClock(watch)
    clock.note(1_800_000_000)
    clock.note(784_887_151)
    assert clock.now() == 1_800_000_000
    watch.seconds += 3
    clock.note(1_800_000_009)
    assert clock.now() == 1_800_000_009
