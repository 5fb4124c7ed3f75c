"""What the rules look at."""

from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.core.diff import view_of
from reconciler.core.entries import Put
from reconciler.core.plan import Action
from reconciler.core.resource import Attempt, Phase, Resource
from reconciler.core.view import is_active, refresh, refreshed
from tests.support.values import (
    KINDS,
    NOW,
    A,
    B,
    C,
    F,
    desired,
    live,
    live_at,
    pending,
    planned,
    recorded,
    state,
    want,
)  # fmt: skip


@pytest.mark.parametrize(
    ("until", "date", "is_quiet"),
    [(None, NOW, False), (NOW + 1, NOW, True), (NOW, NOW, False), (NOW, None, True)],
)
def test_quiet_until_lists_must_show_it(
    until: int | None, date: int | None, *, is_quiet: bool
) -> None:
    """An unknown time is no evidence."""
    view = view_of(desired(), state(quiet_until=until), live(date=date), KINDS)
    assert view.is_quiet == is_quiet


def test_pending_creates_of_what_is_paid() -> None:
    """An upload in doubt blocks nothing."""
    known = state(pending={"op-1": pending(want(A)), "op-2": pending(want(F), "op-2")})
    view = view_of(desired(), known, live(), KINDS)
    assert set(view.pending_at) == {A}
    assert set(view.pending_specs) == {("jobs", want(A).fingerprint, 1)}


def test_moved_records_are_seen_at_their_new_address() -> None:
    """Unless something is recorded there already."""
    moved = desired(want(B), moved={B: A})
    view = view_of(moved, state({A: recorded(want(A), "1")}), live(), KINDS)
    assert (set(view.records), view.moves) == ({B}, {B: A})
    both = state({A: recorded(want(A), "1"), B: recorded(want(B), "2")})
    assert view_of(moved, both, live(), KINDS).moves == {}


def test_a_record_moves_along_a_chain() -> None:
    """Two renames since the last apply, and the name between them is not declared any more."""
    for moved in ({C: B, B: A}, {B: A, C: B}):
        view = view_of(desired(want(C), moved=moved), state({A: recorded(want(A))}), live(), KINDS)
        assert (set(view.records), view.moves) == ({C}, {C: A})
    circle = desired(want(A), want(B), moved={A: B, B: A})
    assert view_of(circle, state(), live(), KINDS).moves == {}


def test_a_record_keeps_its_try() -> None:
    """An adopted object has the try of its marker; without one it is the first."""
    resource = want(A, generation=2, protect=True, facts={"rows": 3})
    seen = live_at(resource, "1", number=4, facts={"tokens": 5})
    assert refreshed(resource, seen, None).attempt == Attempt(2, 4)
    record = recorded(resource, "1", attempt=Attempt(2, 3))
    fresh = refreshed(resource, seen, record)
    assert (fresh.attempt, fresh.protect) == (Attempt(2, 3), True)
    assert fresh.facts == {"rows": 3, "tokens": 5}
    bare = live_at(resource, "1", marker=None)
    assert refreshed(resource, bare, None).attempt == Attempt(2, 1)


def test_a_record_is_written_only_where_it_changed() -> None:
    """So that an apply with nothing to do writes nothing."""
    resource, seen = want(A), live_at(want(A), "1")
    record = refreshed(resource, seen, None)
    assert list(refresh(resource, seen, record)) == []
    stale = recorded(resource, "1", status="running")
    assert list(refresh(resource, seen, stale)) == [Put(A, record)]


CHANGES: list[dict[str, Any]] = [
    {"status": "odd"}, {"phase": Phase.FAILED}, {"created_at": 1}, {"expires_at": 1},
    {"reads": ("x",)}, {"facts": {"rows": 1}}, {"id_": "2"},
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_changed_is_written(change: dict[str, Any]) -> None:
    """Every figure of the record is compared."""
    record = refreshed(want(A), live_at(want(A), "1"), None)
    fields: dict[str, Any] = {"id_": "1"} | change
    seen = live_at(want(A), **fields)
    (entry,) = refresh(want(A), seen, record)
    assert entry == Put(A, refreshed(want(A), seen, record))


RESOURCES = [
    want(A, "new"), want(A, generation=2), want(A, protect=True), want(A, import_id="1"),
    want(A, facts={"rows": 1}),
]  # fmt: skip


@pytest.mark.parametrize("resource", RESOURCES)
def test_whatever_the_manifest_changed_is_written(resource: Resource) -> None:
    """So is what is declared."""
    record = refreshed(want(A), live_at(want(A), "1"), None)
    (entry,) = refresh(resource, live_at(want(A), "1"), record)
    assert entry == Put(A, refreshed(resource, live_at(want(A), "1"), record))


def test_what_was_imported_stays_imported() -> None:
    """Without the line that bound it, the object is as little of our making as before."""
    seen = live_at(want(A), "1", marker=None)
    bound = refreshed(want(A, import_id="1"), seen, None)
    assert bound.imported
    assert refreshed(want(A), seen, bound).imported
    assert [*refresh(want(A), seen, bound)] == []
    assert not refreshed(want(A), live_at(want(A), "2"), bound).imported


def test_whose_it_is() -> None:
    """Another owner's marker tells, unless it is known that the object was made here."""
    theirs = live_at(want(A), "1", marker=None, body={"owner": "other"})
    signed = {A: recorded(want(A), "1", facts={"who": "me"})}
    removed = Action.FORGET, Action.CANCEL
    for records, action in zip(({A: recorded(want(A), "1")}, signed), removed, strict=True):
        running = replace(theirs, phase=Phase.IN_PROGRESS)
        (change,) = planned(desired(), state(records), live(running)).changes
        assert change.action is action


def test_an_unknown_status_may_still_run() -> None:
    """Only an end is an end."""
    assert is_active(live_at(want(A), phase=Phase.UNKNOWN))
    assert not is_active(live_at(want(A), phase=Phase.FAILED))
