"""What becomes of what is not declared any more, and of what was replaced."""

from reconciler.core.entries import Deposed, Gone
from reconciler.core.plan import Severity
from reconciler.core.resource import Phase
from tests.support.values import (
    NOW,
    A,
    B,
    F,
    desired,
    live,
    live_at,
    pending,
    planned,
    recorded,
    state,
    told,
    want,
)  # fmt: skip

RUN = Phase.IN_PROGRESS
JOB, FILE = recorded(want(A), "job", phase=RUN), recorded(want(F), "file")


def test_a_run_that_is_under_way_is_cancelled() -> None:
    """In any status that is not an end; on an unknown one nothing destructive is done."""
    seen = live(live_at(want(A), "job", RUN))
    assert told(planned(desired(), state({A: JOB}), seen)) == ["cancel jobs.a"]
    odd = live(live_at(want(A), "job", Phase.UNKNOWN))
    assert told(planned(desired(), state({A: JOB}), odd)) == ["waiting jobs.a"]


def test_a_finished_run_is_forgotten() -> None:
    """It stays at the API as history; so does one that was finished before it vanished."""
    assert told(planned(desired(), state({A: JOB}), live(live_at(want(A), "job")))) == [
        "forget jobs.a"
    ]
    done = state({A: recorded(want(A), "job")})
    assert told(planned(desired(), done, live(gone=("job",)))) == ["forget jobs.a"]


def test_a_run_that_vanished_before_its_end() -> None:
    """A person must look: it cannot be cancelled where it is not found."""
    plan = planned(desired(), state({A: JOB}), live(gone=("job",)))
    assert told(plan) == []
    assert plan.findings[0].severity is Severity.UNSETTLED
    assert plan.findings[0].cure.endswith("forget jobs.a")


def test_a_pending_create_keeps_its_address() -> None:
    """What it may have made is not known yet."""
    known = state({A: JOB}, pending={"op-1": pending(want(A))})
    assert told(planned(desired(), known, live(live_at(want(A), "job", RUN)))) == ["waiting jobs.a"]


def test_a_file_of_an_unknown_status_stays() -> None:
    """Nothing destructive is done on a guess; a server may tell no status at all."""
    for status, why in (("odd", 'status "odd" of file is not known'), ("", "file tells no status")):
        seen = live(live_at(want(F), "file", Phase.UNKNOWN, status=status))
        (change,) = planned(desired(), state({F: FILE}), seen).changes
        assert (change.action.word, change.reason) == (
            "waiting",
            f"{why}; nothing destructive is planned",
        )


def test_a_file_is_deleted_or_forgotten_when_it_is_gone() -> None:
    """A 404 of what is not wanted needs nothing more."""
    known = state({F: FILE})
    assert told(planned(desired(), known, live(live_at(want(F), "file")))) == ["delete files.f"]
    assert told(planned(desired(), known, live(gone=("file",)))) == ["forget files.f"]


def test_kept_by_the_manifest() -> None:
    """`removed: {keep: true}` forgets; an import is forgotten unless it says false."""
    seen = live(live_at(want(F), "file"), live_at(want(A), "job", RUN))
    known = state({F: FILE, A: JOB})
    keep = desired(removed={F: True, A: True})
    assert told(planned(keep, known, seen)) == ["forget files.f", "forget jobs.a"]
    imported = state({F: recorded(want(F), "file", imported=True)})
    assert told(planned(desired(), imported, seen)) == ["forget files.f"]
    assert told(planned(desired(removed={F: False}), imported, seen)) == ["delete files.f"]


def test_a_file_waits_for_its_readers() -> None:
    """A run of anyone, a vanished run that had not ended, an unsettled create."""
    file, known = live_at(want(F), "file"), {F: FILE}
    theirs = live_at(want(B), "theirs", RUN, marker=None, reads=("file",))
    assert told(planned(desired(), state(known), live(file, theirs))) == ["waiting files.f"]
    ended = live_at(want(B), "theirs", marker=None, reads=("file",))
    assert told(planned(desired(), state(known), live(file, ended))) == ["delete files.f"]

    job = recorded(want(A), "job", phase=RUN, reads=("file",))
    gone = planned(desired(), state({**known, A: job}), live(file, gone=("job",)))
    assert told(gone) == ["waiting files.f"]
    old = state(known, deposed={"job": Deposed("job", A, ("file",))})
    assert told(planned(desired(), old, live(file, gone=("job",)))) == ["waiting files.f"]
    doubt = state(known, pending={"op-1": pending(want(A), reads=("file",))})
    plan = planned(desired(), doubt, live(file))
    assert told(plan) == ["waiting files.f"]
    assert "jobs.a, which is unsettled" in plan.changes[0].reason


def test_a_file_goes_with_the_run_that_this_plan_cancels() -> None:
    """First the run, then what it reads."""
    job = recorded(want(A), "job", phase=RUN, reads=("file",))
    seen = live(live_at(want(F), "file"), live_at(want(A), "job", RUN, reads=("file",)))
    plan = planned(desired(), state({F: FILE, A: job}), seen)
    assert told(plan) == ["delete files.f", "cancel jobs.a"]


def test_after_a_lost_state_nothing_is_deleted_yet() -> None:
    """A run that no list shows may read it."""
    known = state({F: FILE}, quiet_until=NOW + 1)
    plan = planned(desired(), known, live(live_at(want(F), "file")))
    assert told(plan) == ["waiting files.f"]


def test_what_was_replaced_is_retired_or_let_go() -> None:
    """A run is cancelled, a file deleted; what ended or is gone leaves the state quietly."""
    known = state(deposed={"job": Deposed("job", A), "file": Deposed("file", F)})
    seen = live(live_at(want(A), "job", RUN), live_at(want(F), "file"))
    assert told(planned(desired(), known, seen)) == ["delete files.f", "cancel jobs.a"]
    over = planned(desired(), known, live(live_at(want(A), "job"), gone=("file",)))
    assert told(over) == []
    assert set(over.refreshes) == {Gone("job"), Gone("file")}


def test_a_replaced_run_that_vanished_before_its_end() -> None:
    """A wrong key looks like this, too: it is not forgotten."""
    plan = planned(desired(), state(deposed={"job": Deposed("job", A)}), live(gone=("job",)))
    assert (told(plan), plan.refreshes) == ([], ())
    assert plan.findings[0].severity is Severity.UNSETTLED
    assert plan.findings[0].cure.endswith("forget job")


def test_what_another_address_takes_over_is_left_alone() -> None:
    """A removed record and a deposed object can both be what is declared elsewhere."""
    seen = live(live_at(want(A), "job", RUN))
    assert told(planned(desired(want(B)), state({A: JOB}), seen)) == ["adopt jobs.b"]
    deposed = state(deposed={"job": Deposed("job", A)})
    assert told(planned(desired(want(B)), deposed, seen)) == ["adopt jobs.b"]
