"""What becomes of a desired stored object: free to make, needed only while it is read."""

from reconciler.core.plan import Action, Change, Detail, Plan
from reconciler.core.resource import Phase
from reconciler.core.state import replay
from tests.support.values import (
    NOW,
    A,
    F,
    G,
    desired,
    live,
    live_at,
    planned,
    recorded,
    state,
    told,
    want,
)  # fmt: skip

JOB = want(A, refs={"training_file": F})
MADE = recorded(JOB, "job")
LIVE_JOB = live_at(JOB, "job")


def only(plan: Plan) -> Change:
    """The only change of a plan."""
    (change,) = plan.changes
    return change


def test_a_file_that_nothing_reads_is_uploaded() -> None:
    """It was declared, so it should be there."""
    change = only(planned(desired(want(F, summary="10 rows")), state(), live()))
    assert (change.action, change.reason) == (Action.CREATE, "new: 10 rows")


def test_a_file_is_uploaded_for_a_job_to_be_made() -> None:
    """And before it."""
    assert told(planned(desired(want(F), JOB), state(), live())) == [
        "create files.f",
        "create jobs.a",
    ]


def test_a_file_whose_job_exists_is_not_needed() -> None:
    """New to the state or gone: nothing is uploaded; a loss is drift."""
    known = state({A: MADE})
    assert told(planned(desired(want(F), JOB), known, live(LIVE_JOB))) == []
    lost = state({A: MADE, F: recorded(want(F), "file")})
    plan = planned(desired(want(F), JOB), lost, live(LIVE_JOB, gone=("file",)))
    assert told(plan) == []
    (drift,) = plan.drift
    assert (drift.what, drift.note) == ("file is gone (404)", "not needed: its job exists")
    after = replay(lost, plan.refreshes)
    again = planned(desired(want(F), JOB), after, live(LIVE_JOB, gone=("file",)))
    assert (again.drift, again.refreshes) == ((), ())  # an apply took note of it


def test_an_expired_file_is_made_again_only_for_a_reader() -> None:
    """Its own `expires_after` is no loss."""
    lost = state({F: recorded(want(F), "file", expires_at=NOW)})
    plan = planned(desired(want(F)), lost, live(gone=("file",)))
    assert told(plan) == []
    assert plan.drift[0].what == "file expired on 1970-01-12"
    assert plan.drift[0].note == "not made again"
    change = planned(desired(want(F), JOB), lost, live(gone=("file",))).changes[0]
    assert change.reason == "expired on 1970-01-12, and a job to be made reads it"


def test_a_deleted_file_that_nothing_reads_is_made_again() -> None:
    """It was declared, and did not go by itself."""
    lost = state({F: recorded(want(F), "file", expires_at=NOW + 1)})
    change = only(planned(desired(want(F)), lost, live(gone=("file",))))
    assert change.reason == "gone (404), and no job of this manifest reads it"
    assert change.action is Action.CREATE


def test_other_content() -> None:
    """Create the new one, then delete the old one; the figures that differ are shown."""
    old = want(F, spec={"sha256": "01234567" * 8})
    new = want(F, spec={"sha256": "98765432" * 8}, facts={"rows": 1200})
    known = state({F: recorded(old, "file", facts={"rows": 10})})
    plan = planned(desired(new), known, live(live_at(old, "file")))
    assert told(plan) == ["replace files.f", "then delete files.f"]
    assert plan.changes[0].reason == "content changed"
    assert plan.changes[0].details == (
        Detail("rows", "10", "1,200"),
        Detail("sha256", "01234567", "98765432"),
    )


def test_an_object_that_the_api_could_not_read() -> None:
    """The same bytes once more."""
    known = state({F: recorded(want(F), "file", phase=Phase.FAILED, status="error")})
    plan = planned(desired(want(F)), known, live(live_at(want(F), "file", Phase.FAILED)))
    assert told(plan) == ["replace files.f", "then delete files.f"]
    assert plan.changes[0].reason == "file is failed"
    assert plan.changes[0].details == ()


def test_in_sync_and_moved() -> None:
    """A name in the manifest is no content."""
    known, seen = state({F: recorded(want(F), "file")}), live(live_at(want(F), "file"))
    assert told(planned(desired(want(F)), known, seen)) == []
    moved = planned(desired(want(G), moved={G: F}), known, seen)
    assert only(moved).reason == "renamed from files.f"
    assert told(planned(desired(want(G)), state(), seen)) == ["adopt files.g"]


def test_an_old_file_that_another_address_takes_is_not_deleted() -> None:
    """Two files swap their contents."""
    one, two = want(F, "1"), want(G, "2")
    known = state({F: recorded(one, "one"), G: recorded(two, "two")})
    seen = live(live_at(one, "one"), live_at(two, "two"))
    plan = planned(desired(want(F, "2"), want(G, "1")), known, seen)
    assert told(plan) == ["adopt files.f", "adopt files.g"]


def test_an_import_of_a_file_is_kept_up_to_date() -> None:
    """Its id is the manifest's word."""
    bound = want(F, spec={}, import_id="theirs")
    seen = live_at(bound, "theirs", marker=None)
    assert told(planned(desired(bound), state(), live(seen))) == ["adopt files.f"]
