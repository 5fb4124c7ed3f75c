"""What each journal entry does to the state, and what no sequence of them can break."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.core.earlier import EARLIER_KEPT, Earlier
from reconciler.core.entries import (
    Begin,
    Clear,
    Depose,
    Deposed,
    Entry,
    Gone,
    Hold,
    Move,
    Put,
    Retire,
)
from reconciler.core.grant import Review
from reconciler.core.renewal import Renew, Renewal
from reconciler.core.resource import Attempt
from reconciler.core.state import CANCELLED_KEPT, State, replay
from tests.support.values import A, B, entries, pending, recorded, state, want

ONE, TWO = want(A, "one"), want(A, "two")


@given(st.lists(entries, max_size=12))
def test_an_id_has_one_place(written: list[Entry]) -> None:
    """I3: whatever is written, an id is in exactly one of records and deposed."""
    after = replay(State("lineage", "owner"), written)
    recorded_ids = [record.id for record in after.records.values()]
    assert len({*recorded_ids, *after.deposed}) == len(recorded_ids) + len(after.deposed)
    assert set(after.held) == {*recorded_ids, *after.deposed}


@given(st.lists(entries, max_size=12))
def test_an_intent_leaves_by_evidence(written: list[Entry]) -> None:
    """I5: only a Put, a Depose or a Clear that names it closes an intent."""
    now = State("lineage", "owner")
    for entry in written:
        after = replay(now, [entry])
        closed = now.pending.keys() - after.pending.keys()
        assert closed <= ({entry.op} if isinstance(entry, Put | Depose | Clear) else set())
        now = after


@given(st.lists(entries, max_size=6))
def test_a_state_is_a_value(written: list[Entry]) -> None:
    """Replay changes nothing in place."""
    before = state({A: recorded(ONE)})
    replay(before, written)
    assert before == state({A: recorded(ONE)})


def test_a_create_step_by_step() -> None:
    """Begin makes an intent; Put makes a record of it and closes the intent."""
    intent = pending(ONE)
    begun = replay(state(), [Begin(intent)])
    assert begun.pending == {"op-1": intent}
    done = replay(begun, [Put(A, recorded(ONE), "op-1")])
    assert (done.records[A].id, done.pending) == ("id-1", {})


def test_a_put_deposes_what_has_to_be_retired() -> None:
    """The old id stays in the state until it is gone; without `depose` it is history."""
    before = state({A: recorded(ONE, "old", reads=("file-1",))})
    kept = replay(before, [Put(A, recorded(TWO, "new"), depose=True)])
    assert kept.deposed == {"old": Deposed("old", A, ("file-1",), ONE.fingerprint)}
    assert not replay(before, [Put(A, recorded(TWO, "new"))]).deposed
    assert not replay(kept, [Gone("old")]).deposed


def test_a_put_of_the_same_id_refreshes() -> None:
    """Nothing is displaced by itself."""
    before = state({A: recorded(ONE, status="running")})
    after = replay(before, [Put(A, recorded(ONE, status="done"), depose=True)])
    assert (after.records[A].status, dict(after.deposed)) == ("done", {})


def test_a_put_takes_the_id_from_wherever_it_was() -> None:
    """A deposed or otherwise recorded object that is adopted is neither any more."""
    before = state({B: recorded(ONE, "id-1")}, deposed={"id-2": Deposed("id-2", B)})
    after = replay(before, [Put(A, recorded(ONE, "id-1")), Put(B, recorded(TWO, "id-2"))])
    assert {a: record.id for a, record in after.records.items()} == {A: "id-1", B: "id-2"}
    assert not after.deposed


def test_a_late_find_is_deposed() -> None:
    """It closes its intent, and leaves whatever place it had."""
    before = state({A: recorded(ONE, "id-1")}, pending={"op-1": pending(TWO)})
    after = replay(before, [Depose(Deposed("id-1", A), "op-1")])
    assert (dict(after.records), set(after.deposed), dict(after.pending)) == ({}, {"id-1"}, {})


def test_a_cancel_of_ours_is_remembered() -> None:
    """So that a standing failure can say who cancelled it; a delete is not."""
    after = replay(state(), [Retire("job", A, is_cancel=True), Retire("file", B)])
    assert after.cancelled == ("job",)


def test_only_the_latest_cancels_are_remembered() -> None:
    """The state does not grow for ever; one that is cancelled again is the latest."""
    ids = [str(n) for n in range(CANCELLED_KEPT + 1)]
    after = replay(state(), [Retire(id_, A, is_cancel=True) for id_ in (*ids, "1")])
    assert after.cancelled == (*ids[2:], "1")


def test_a_move_takes_the_record_along() -> None:
    """What the target held before is displaced; nothing moves from an empty place."""
    before = state({A: recorded(ONE, "one"), B: recorded(TWO, "two")})
    after = replay(before, [Move(A, B), Gone("two"), Move(A, B)])
    assert {a: record.id for a, record in after.records.items()} == {B: "one"}


def test_what_is_kept_on_purpose_is_remembered() -> None:
    """Until something stands for it again; what is merely gone is not."""
    after = replay(state({A: recorded(ONE, "one")}), [Gone("one", is_kept=True), Gone("two")])
    assert (dict(after.records), after.kept) == ({}, ("one",))
    assert replay(after, [Put(A, recorded(ONE, "one"))]).kept == ()
    assert replay(after, [Depose(Deposed("one", A))]).kept == ()


def test_a_hold_lasts_until_its_run_is_recorded() -> None:
    """Also under another name; what it is of may be gone for good."""
    held = replay(state({A: recorded(ONE, "one")}), [Hold("one", A, is_pause=True), Move(A, B)])
    assert held.holding == ("one",)
    assert replay(held, [Put(A, recorded(TWO, "two"))]).holding == ("one",)
    assert replay(held, [Put(B, recorded(ONE, "one"))]).holding == ()
    assert replay(held, [Gone("one")]).holding == ()


def test_evidence_against_closes_an_intent() -> None:
    """Clear says why."""
    before = state(pending={"op-1": pending(ONE)})
    assert not replay(before, [Clear("op-1", "refused")]).pending


def test_who_made_what_was_replaced_is_remembered() -> None:
    """It is told again where that object stands for an address once more; the rest is let go."""
    first = recorded(want(A), "1", facts={"who": "anna", "commit": "3ab1f20"})
    second = recorded(want(A), "2", facts={"who": "ben"})
    over = replay(state(), [Put(A, first), Put(A, second)])
    assert over.earlier == (Earlier(A, first),)
    again = replay(over, [Put(A, replace(first, facts={"rows": 1}))])
    assert again.records[A].facts == {"rows": 1, "who": "anna", "commit": "3ab1f20"}
    assert again.earlier == (Earlier(A, second),)
    assert replay(again, [Gone("1")]).earlier[-1].record.id == "1"
    assert replay(state(), [Put(A, recorded(want(A))), Gone("id-1")]).earlier == ()
    many = [Put(A, replace(first, id=str(n))) for n in range(EARLIER_KEPT + 2)]
    assert len(replay(state(), many).earlier) == EARLIER_KEPT


def test_what_a_person_said_is_remembered_until_it_is_said_otherwise() -> None:
    """The last review, and what is to be made anew."""
    review, asked = Review("d" * 64, ()), (Renewal(A, "v1:x", Attempt(1, 2)),)
    after = replay(State("lineage", "owner"), [review, Renew(asked)])
    assert (after.reviewed, after.renewals) == (review, asked)
    assert replay(after, [Renew(())]).renewals == ()
