"""Imports stand only for what their objects are; an edit of the entry changes no object."""

from reconciler.core.plan import Action, Severity
from reconciler.core.resource import Phase
from tests.support.values import (
    A,
    B,
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

WAS = want(F, "one", import_id="theirs")
NOW = want(F, "two", import_id="theirs")
THEIRS = live_at(WAS, "theirs", marker=None)
RECORD = recorded(WAS, "theirs", imported=True)


def test_an_edit_takes_no_fingerprint() -> None:
    """The record stays as it is, and the plan says what the edit is."""
    plan = planned(desired(NOW), state({F: RECORD}), live(THEIRS))
    (finding,) = plan.findings
    assert (plan.changes, plan.refreshes) == ((), ())
    assert finding.severity is Severity.REFUSED
    assert "text one → two" in finding.why


def test_what_reads_it_waits_for_a_person() -> None:
    """It would be made of the old content, and recorded as made of the new."""
    reader = want(A, refs={"training_file": F})
    plan = planned(desired(NOW, reader), state({F: RECORD}), live(THEIRS))
    (change,) = plan.changes
    assert (change.action, change.address, change.awaits) == (Action.WAITING, A, None)
    undone = planned(desired(WAS, reader), state({F: RECORD}), live(THEIRS))
    assert told(undone) == ["create jobs.a"]


def test_an_edit_with_a_new_name_is_an_edit() -> None:
    """The object is known by its id, at whatever address it was."""
    renamed = want(G, "two", import_id="theirs")
    plan = planned(desired(renamed), state({F: RECORD}), live(THEIRS))
    assert plan.findings[0].severity is Severity.REFUSED
    same = planned(desired(want(G, "one", import_id="theirs")), state({F: RECORD}), live(THEIRS))
    assert told(same) == ["adopt files.g"]


def test_another_generation_is_an_edit() -> None:
    """A second run was asked for, and the manifest binds the first one."""
    bound = want(A, import_id="theirs", generation=2)
    known = state({A: recorded(want(A), "theirs", imported=True)})
    plan = planned(desired(bound), known, live(live_at(want(A), "theirs", marker=None)))
    assert "generation 1 → 2" in plan.findings[0].why


def test_what_the_server_resolved_is_no_edit() -> None:
    """The record takes the new fingerprint, for it is the very same run; and that is told."""
    was, now = want(A, spec={}, import_id="theirs"), want(A, spec={"seed": 7}, import_id="theirs")
    seen = live_at(was, "theirs", marker=None, body={"seed": 7})
    plan = planned(desired(now), state({A: recorded(was, "theirs", imported=True)}), live(seen))
    assert told(plan) == []
    assert plan.refreshes
    assert plan.findings[0].severity is Severity.NOTE


def test_a_finished_run_that_is_gone_is_history() -> None:
    """Like any other finished run; one that was edited, or a file, is refused."""
    bound = want(A, import_id="theirs")
    known = state({A: recorded(bound, "theirs", imported=True)})
    assert planned(desired(bound), known, live(gone=("theirs",))).findings == ()
    edited = want(A, "two", import_id="theirs")
    (finding,) = planned(desired(edited), known, live(gone=("theirs",))).findings
    assert "text x → two" in finding.why
    (lost,) = planned(desired(WAS), state({F: RECORD}), live(gone=("theirs",))).findings
    assert lost.why == "no live object has this id"


def test_a_base_that_failed_gives_no_model() -> None:
    """What begins with it waits, as it does behind a run of ours."""
    base, reader = want(A, import_id="theirs"), want(B, refs={"model": A})
    known = state({A: recorded(base, "theirs", imported=True)})
    for seen in (
        live_at(base, "theirs", Phase.FAILED, marker=None),
        live_at(base, "theirs", marker=None, is_usable=False),
    ):
        plan = planned(desired(base, reader), known, live(seen))
        assert told(plan) == ["waiting jobs.b"]


def test_anew_beside_an_import_that_is_refused() -> None:
    """`--replace` of something else gives up nothing but that: the import's object stays."""
    wanted = desired(want(A), want(B, "two", import_id="theirs"), renewed=frozenset({A}))
    records = {A: recorded(want(A), "1"), B: recorded(want(B, "one"), "theirs")}
    theirs = live_at(want(B, "one"), "theirs", Phase.IN_PROGRESS)
    plan = planned(wanted, state(records), live(live_at(want(A), "1"), theirs))
    assert told(plan) == ["replace jobs.a"]
