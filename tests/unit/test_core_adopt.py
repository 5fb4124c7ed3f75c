"""Adopting and importing: never paid for, and nothing is lost on the way."""

import pytest

from reconciler.core.cost import FREE
from reconciler.core.plan import Action, Change, Plan, Severity
from reconciler.core.resource import Phase
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
)  # fmt: skip

RUN = Phase.IN_PROGRESS


def only(plan: Plan) -> Change:
    """The only change of a plan."""
    (change,) = plan.changes
    return change


def test_a_job_that_the_state_did_not_know() -> None:
    """Adopted for nothing, with its model."""
    seen = live_at(want(A), "1", facts={"fine_tuned_model": "ft:1"})
    change = only(planned(desired(want(A)), state(), live(seen)))
    assert (change.action, change.cost, change.id) == (Action.ADOPT, FREE, "1")
    assert [detail.after for detail in change.details] == ["ft:1"]
    assert "ours by its marker" in change.reason


def test_a_file_has_no_price() -> None:
    """An upload is free anyhow."""
    assert only(planned(desired(want(F)), state(), live(live_at(want(F))))).cost is None


def test_renamed_without_a_word() -> None:
    """The marker says where it was."""
    change = only(planned(desired(want(B)), state(), live(live_at(want(A)))))
    assert change.reason.startswith("renamed from jobs.a")


@pytest.mark.parametrize(
    ("phase", "reason"), [(Phase.READY, "already trained: 2, 1970-01-12"), (RUN, "already in_pro")]
)
def test_a_revert_to_what_was_paid_for(phase: Phase, reason: str) -> None:
    """The plan says that it costs nothing, and the run that it displaces is cancelled."""
    records = {A: recorded(want(A, "now"), "1", phase=RUN)}
    seen = live(live_at(want(A, "now"), "1", RUN), live_at(want(A, "then"), "2", phase))
    plan = planned(desired(want(A, "then")), state(records), seen)
    assert told(plan) == ["adopt jobs.a", "then cancel jobs.a"]
    adopt, cancel = plan.changes
    assert adopt.reason.startswith(reason)
    assert (adopt.depose, cancel.id, cancel.follows) == (True, "1", A)


def test_a_swap_cancels_nothing() -> None:
    """Each takes what the other gives up; it stays in the state between the two."""
    records = {A: recorded(want(A, "1"), "1"), B: recorded(want(B, "2"), "2")}
    seen = live(live_at(want(A, "1"), "1", RUN), live_at(want(B, "2"), "2"))
    plan = planned(desired(want(A, "2"), want(B, "1")), state(records), seen)
    assert told(plan) == ["adopt jobs.a", "adopt jobs.b"]
    assert [change.depose for change in plan.changes] == [True, True]


def test_a_move_is_recorded_and_told() -> None:
    """The journal learns it even where nothing else is to do."""
    moved = desired(want(B), moved={B: A})
    plan = planned(moved, state({A: recorded(want(A), "1")}), live(live_at(want(A), "1")))
    change = only(plan)
    assert (change.reason, change.moved_from, change.cost) == ("renamed from jobs.a", A, FREE)
    assert [type(entry).__name__ for entry in plan.refreshes] == ["Move"]
    failed = live(live_at(want(A), "1", Phase.FAILED))
    standing = planned(moved, state({A: recorded(want(A), "1")}), failed)
    assert told(standing) == []
    assert [type(entry).__name__ for entry in standing.refreshes] == ["Move", "Put"]


BOUND = want(F, spec={"purpose": "fine-tune"}, import_id="theirs")


def test_an_import_is_adopted_once() -> None:
    """Whoever made it; then it is only kept up to date."""
    seen = live_at(BOUND, "theirs", marker=None, body={"purpose": "fine-tune"})
    change = only(planned(desired(BOUND), state(), live(seen)))
    assert (change.action, change.reason) == (Action.ADOPT, "imported: theirs")
    assert change.record
    assert change.record.imported
    again = planned(desired(BOUND), state({F: change.record}), live(seen))
    assert (again.changes, again.refreshes) == ((), ())


@pytest.mark.parametrize(("id_", "why"), [("other", "no live object"), ("theirs", "purpose")])
def test_an_import_that_does_not_fit(id_: str, why: str) -> None:
    """Refused, with what differs; `auto` fits whatever the server chose."""
    seen = live_at(BOUND, id_, marker=None, body={"purpose": "batch"})
    (finding,) = planned(desired(BOUND), state(), live(seen)).findings
    assert finding.severity is Severity.REFUSED
    assert why in finding.why
    auto = want(F, spec={"purpose": "auto"}, import_id="theirs")
    fits = live_at(auto, "theirs", marker=None, body={"purpose": "batch"})
    assert told(planned(desired(auto), state(), live(fits))) == ["adopt files.f"]


def test_an_imported_job() -> None:
    """A job that another tool ran stands for an address like any other."""
    bound = want(A, spec={"model": "base"}, import_id="theirs")
    seen = live_at(bound, "theirs", marker=None, body={"model": "base"})
    assert told(planned(desired(bound), state(), live(seen))) == ["adopt jobs.a"]


def test_an_import_gives_up_what_was_ours() -> None:
    """The file that stood there is retired; an import that is changed is left alone."""
    seen = live_at(BOUND, "theirs", marker=None, body={"purpose": "fine-tune"})
    mine = live_at(want(F), "mine")
    records = {F: recorded(want(F), "mine")}
    plan = planned(desired(BOUND), state(records), live(seen, mine))
    assert told(plan) == ["adopt files.f", "then delete files.f"]
    records = {F: recorded(want(F), "mine", imported=True)}
    assert told(planned(desired(BOUND), state(records), live(seen, mine))) == ["adopt files.f"]


def test_an_import_over_a_running_job_of_ours() -> None:
    """That it is cancelled stands in the plan that imports, not in the next one."""
    bound = want(A, import_id="theirs")
    theirs = live_at(bound, "theirs", RUN, marker=None)
    known = state({A: recorded(want(A), "mine", phase=RUN)})
    plan = planned(desired(bound), known, live(theirs, live_at(want(A), "mine", RUN)))
    assert told(plan) == ["adopt jobs.a", "then cancel jobs.a"]
    assert plan.changes[1].id == "mine"
