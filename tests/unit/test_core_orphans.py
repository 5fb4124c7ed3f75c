"""What is ours and nothing accounts for, and what of that may go."""

import pytest

from reconciler.core.diff import view_of
from reconciler.core.entries import Deposed
from reconciler.core.guards import Leave, Setting, guard
from reconciler.core.orphans import SKEW, Sweep, orphans, sweep
from reconciler.core.plan import Plan, Severity
from reconciler.core.resource import Desired, Live, Observed, Phase
from reconciler.core.state import State
from tests.support.values import (
    KINDS,
    NOW,
    A,
    B,
    C,
    F,
    G,
    desired,
    live,
    live_at,
    pending,
    recorded,
    state,
    told,
    want,
)

RUN = Phase.IN_PROGRESS
SINCE = NOW - 1000
FILE, RUNNING = live_at(want(G), "file"), live_at(want(B), "job", RUN, reads=("file",))


def swept(
    wanted: Sweep, *objects: Observed, known: State | None = None, wants: Desired | None = None
) -> Plan:
    """The plan for these objects; the state knows since `SINCE`."""
    return swept_of(wanted, live(*objects), known or state(since=SINCE), wants or desired())


def swept_of(wanted: Sweep, seen: Live, known: State, wants: Desired) -> Plan:
    """The plan of a look."""
    return sweep(view_of(wants, known, seen, KINDS), wanted)


def test_a_file_and_a_running_job() -> None:
    """The job is cancelled first, and so reads the file no more."""
    plan = swept(Sweep(), FILE, RUNNING)
    assert told(plan) == ["delete files.g", "cancel jobs.b"]
    assert plan.changes[0].reason == "orphan, made 1970-01-12: file"
    assert not plan.refreshes
    view = view_of(desired(), state(since=SINCE), live(FILE, RUNNING), KINDS)
    assert [stray.seen.id for stray in orphans(view)] == ["file", "job"]


def test_what_is_no_orphan() -> None:
    """Recorded, deposed, wanted, second of an attempt, foreign, or history."""
    known = state({F: recorded(want(F), "rec")}, deposed={"dep": Deposed("dep", A)}, since=SINCE)
    seen = (
        live_at(want(F), "rec"),
        live_at(want(F), "twin"),
        live_at(want(A), "dep", RUN),
        live_at(want(C), "wanted", RUN),
        live_at(want(B), "theirs", RUN, marker=None),
        live_at(want(B), "done"),
        live_at(want(B), "failed", Phase.FAILED),
    )
    wants = desired(want(F), want(C))
    assert not swept(Sweep(), *seen, known=known, wants=wants).changes
    assert not list(orphans(view_of(wants, known, live(*seen), KINDS)))


def test_what_a_live_job_reads_waits() -> None:
    """Whoever made it; and an unknown status makes nothing destructive happen."""
    theirs = live_at(want(A), "theirs", RUN, marker=None, reads=("file",))
    assert told(swept(Sweep(), FILE, theirs)) == ["waiting files.g"]
    odd = live_at(want(B), "odd", Phase.UNKNOWN, reads=("file",))
    assert told(swept(Sweep(), FILE, odd)) == ["waiting files.g", "waiting jobs.b"]


def test_what_is_kept_on_purpose_stays() -> None:
    """By its id in the state, or by its address in the manifest."""
    for known, wants in (
        (state(since=SINCE, kept=("file",)), desired()),
        (state(since=SINCE), desired(removed={G: True})),
    ):
        plan = swept(Sweep(), FILE, known=known, wants=wants)
        (note,) = plan.findings
        assert (plan.changes, note.severity) == ((), Severity.NOTE)
        assert note.what == "1 object is kept on purpose, and left"
        assert note.where == "files.g (file)"
        assert not list(orphans(view_of(wants, known, live(FILE), KINDS)))
    plan = swept(Sweep(), FILE, wants=desired(removed={G: False}))
    assert told(plan) == ["delete files.g"]


@pytest.mark.parametrize("since", [None, NOW, NOW - SKEW])
def test_what_is_older_than_the_state_waits_for_a_word(since: int | None) -> None:
    """By its address."""
    known = state(since=since)
    plan = swept(Sweep(), FILE, RUNNING, known=known)
    assert told(plan) == ["waiting files.g", "waiting jobs.b"]
    assert {change.goal.word for change in plan.changes} == {"waiting"}
    (warning,) = plan.findings
    assert warning.severity is Severity.WARNING
    assert warning.what == "2 orphans are older than this state, and left"
    assert ("does not tell" in warning.why) is (since is None)
    plan = swept(Sweep(allowed=("files.*",)), FILE, RUNNING, known=known)
    assert told(plan) == ["waiting files.g", "waiting jobs.b"]
    assert "still read by job" in plan.changes[0].reason
    plan = swept(Sweep(allowed=("*",)), FILE, RUNNING, known=known)
    assert told(plan) == ["delete files.g", "cancel jobs.b"]


def test_what_is_younger_is_left() -> None:
    """Where an age is not told, nobody guesses."""
    wanted = Sweep(older=100)
    old = live_at(want(F), "old", created_at=NOW - 100)
    ageless = live_at(want(A), "ageless", RUN, created_at=0)
    plan = swept(wanted, FILE, old, ageless)
    assert told(plan) == ["delete files.f", "waiting jobs.a"]
    assert [finding.what for finding in plan.findings] == [
        "1 object is younger than 100s, and left"
    ]
    plan = swept_of(wanted, live(old, date=None), state(since=SINCE), desired())
    assert told(plan) == ["waiting files.f"]
    assert plan.changes[0].reason == "nobody knows how old old is"
    timeless = live_at(want(A), "x", RUN, created_at=0)
    plan = swept(Sweep(allowed=("jobs.a",)), timeless)
    assert plan.changes[0].reason == "orphan: x is in_progress; what it has trained is lost"


def test_nothing_goes_while_a_create_is_in_doubt() -> None:
    """It may be what looks like an orphan."""
    plan = swept(Sweep(), FILE, known=state(since=SINCE, pending={"op": pending(want(A))}))
    assert plan.changes == ()
    assert [finding.severity for finding in plan.findings] == [Severity.REFUSED]


def test_the_second_look_only_takes_away() -> None:
    """What the first one did not name stays."""
    plan = swept(Sweep(among=frozenset({"file"})), FILE, RUNNING)
    assert told(plan) == ["waiting files.g"]


def test_many_at_once_need_leave() -> None:
    """As all deletions do; it names what may be behind it, and its own command."""
    many = [live_at(want(G), f"file{number}") for number in range(6)]
    known = state({F: recorded(want(F), "rec")}, since=SINCE)
    plan = swept(Sweep(), *many, known=known)
    assert len(plan.changes) == 6
    setting, seen = Setting(), live(*many)
    (refusal,) = guard(plan, desired(want(F)), known, seen, KINDS, leave=Leave(), setting=setting)
    assert refusal.cure.endswith("reconciler gc --allow-delete 'files.g*'")
    assert "put back" in refusal.why
    leave = Leave(retire=("files.*",))
    assert not guard(plan, desired(want(F)), known, seen, KINDS, leave=leave, setting=setting)
