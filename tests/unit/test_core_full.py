"""What an endpoint said that took no further run."""

import pytest

from reconciler.core.full import AGAIN, LONGEST, Full
from reconciler.core.resource import Live
from reconciler.core.slots import holds

DATE = 1_800_000_000


@pytest.mark.parametrize(
    ("asked", "until"),
    [
        (None, DATE + AGAIN),
        (6.2, DATE + 7),
        (float(LONGEST), DATE + LONGEST),
        (1e9, DATE + AGAIN),
        (float("inf"), DATE + AGAIN),
    ],
)
def test_it_holds_as_long_as_was_asked(asked: float | None, until: int) -> None:
    """Within reason: nobody waits for years because a gateway counts in another unit."""
    assert Full.now(2, DATE, asked, "busy") == Full(2, until, "busy")


def test_without_a_clock_no_end_is_known() -> None:
    """The runs that have not ended tell then."""
    assert Full.now(2, None, 60.0, "busy").until is None


def test_it_is_believed_until_then() -> None:
    """Where nothing tells the time, as long as there was a run that may end."""
    said = Full.now(2, DATE, 60.0, "busy")
    assert holds(said, Live({}, date=DATE + 59))
    assert not holds(said, Live({}, date=DATE + 60))
    assert holds(said, Live({}, date=None))
    assert not holds(Full.now(0, None, 60.0, "busy"), Live({}, date=DATE))
