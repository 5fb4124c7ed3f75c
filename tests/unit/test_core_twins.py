"""Two live objects of one attempt: one is kept."""

from reconciler.core.entries import Deposed
from reconciler.core.resource import Attempt, Phase
from tests.support.values import (
    A,
    B,
    F,
    desired,
    live,
    live_at,
    planned,
    recorded,
    state,
    told,
    want,
)

RUN = Phase.IN_PROGRESS


def test_the_recorded_run_is_kept() -> None:
    """The other one is cancelled, and the plan says why."""
    one, two = live_at(want(A), "1", RUN), live_at(want(A), "2", RUN)
    plan = planned(desired(want(A)), state({A: recorded(want(A), "2")}), live(one, two))
    assert [(change.action.word, change.id) for change in plan.changes] == [("cancel", "1")]
    assert "2 is kept" in plan.changes[0].reason


def test_the_oldest_is_kept_where_none_is_recorded() -> None:
    """It is adopted; one that ended is history."""
    seen = live(
        live_at(want(A), "9", RUN, created_at=1),
        live_at(want(A), "1", RUN),
        live_at(want(A), "2", Phase.FAILED),
    )
    plan = planned(desired(want(A)), state(), seen)
    assert [(c.action.word, c.id) for c in plan.changes] == [("cancel", "1"), ("adopt", "9")]


def test_another_try_is_no_twin() -> None:
    """Nor is an object of another address, or one that is deposed anyhow."""
    seen = live(
        live_at(want(A), "1", RUN, number=2),
        live_at(want(A), "2", RUN),
        live_at(want(B), "3", RUN),
        live_at(want(A), "4", RUN, marker=None),
    )
    known = state({A: recorded(want(A), "1", attempt=Attempt(1, 2))})
    assert told(planned(desired(want(A)), known, seen)) == []
    deposed = state({A: recorded(want(A), "1")}, deposed={"5": Deposed("5", A)})
    seen = live(live_at(want(A), "1", RUN), live_at(want(A), "5", RUN))
    assert told(planned(desired(want(A)), deposed, seen)) == ["cancel jobs.a"]


def test_a_twin_of_unknown_status_waits() -> None:
    """Nothing destructive on a guess."""
    seen = live(live_at(want(A), "1", RUN), live_at(want(A), "2", Phase.UNKNOWN))
    plan = planned(desired(want(A)), state({A: recorded(want(A), "1")}), seen)
    assert told(plan) == ["waiting jobs.a"]


def test_a_second_file_goes_when_nothing_reads_it() -> None:
    """A reader keeps it, whoever the reader is."""
    one, two = live_at(want(F), "1"), live_at(want(F), "2", created_at=10**9)
    wanted, known = desired(want(F)), state({F: recorded(want(F), "1")})
    plan = planned(wanted, known, live(one, two))
    assert [(change.action.word, change.id) for change in plan.changes] == [("delete", "2")]
    reader = live_at(want(A), "3", RUN, marker=None, reads=("2",))
    assert told(planned(wanted, known, live(one, two, reader))) == ["waiting files.f"]


def test_an_orphan_is_no_twin() -> None:
    """What nothing stands on is left to gc."""
    wanted = desired(want(F, "new"))
    known = state({F: recorded(want(F, "new"), "1")})
    seen = live(live_at(want(F, "new"), "1"), live_at(want(F, "old"), "2"))
    assert told(planned(wanted, known, seen)) == []


def test_of_several_that_stand_the_first_is_named() -> None:
    """Whatever order the records were read in, the plan says the same."""
    seen = [live_at(want(A), number, RUN) for number in "123"]
    records = {A: recorded(want(A), "1"), B: recorded(want(A), "2")}
    for held in (records, dict(reversed(records.items()))):
        plan = planned(desired(), state(held), live(*seen))
        (twin,) = (change for change in plan.changes if change.id == "3")
        assert "1 is kept" in twin.reason
