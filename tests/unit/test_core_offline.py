"""A plan from the state alone: what is recorded stands as it was, and nothing is destroyed."""

from reconciler.core.entries import Deposed
from reconciler.core.offline import as_recorded
from reconciler.core.plan import Action
from reconciler.core.resource import Phase
from tests.support.values import A, B, F, desired, planned, recorded, state, want


def test_what_is_recorded_is_in_sync() -> None:
    """Nothing is gone, nothing is to do; an edit is a replace."""
    known = state({A: recorded(want(A), "1", phase=Phase.READY, status="succeeded")})
    assert planned(desired(want(A)), known, as_recorded(known)).changes == ()
    (change,) = planned(desired(want(A, generation=2)), known, as_recorded(known)).changes
    assert change.action is Action.REPLACE


def test_what_is_not_recorded_is_new() -> None:
    """Whether it is live is not known."""
    (change,) = planned(desired(want(B)), state(), as_recorded(state())).changes
    assert change.action is Action.CREATE


def test_what_was_replaced_is_left_alone() -> None:
    """Its phase is not known, so it is not cancelled."""
    known = state({F: recorded(want(F), "f")}, deposed={"1": Deposed("1", A)})
    seen = as_recorded(known).objects["1"]
    assert seen.phase is Phase.UNKNOWN
    changes = planned(desired(want(F)), known, as_recorded(known)).changes
    assert not [change for change in changes if change.action.destroys]
