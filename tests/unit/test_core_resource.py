"""The values that are compared."""

from reconciler.core.resource import Attempt, Phase
from tests.support.values import A, F, live, live_at, want


def test_an_unknown_phase_is_no_end() -> None:
    """Only ready and failed objects do not change by themselves any more."""
    assert {phase for phase in Phase if phase.is_terminal} == {Phase.READY, Phase.FAILED}


def test_an_attempt_is_shown_as_its_marker_says() -> None:
    """Generation, then try."""
    assert str(Attempt(2, 3)) == "2.3"


def test_objects_of_a_kind() -> None:
    """In the order of the lists."""
    seen = live(live_at(want(A), "1"), live_at(want(F), "2"), live_at(want(A), "3"))
    assert [found.id for found in seen.of("jobs")] == ["1", "3"]
