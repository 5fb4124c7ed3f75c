"""One global assignment in which each id is used once."""

import random

import pytest
from msgspec.structs import replace

from reconciler.core.address import Address
from reconciler.core.entries import Deposed
from reconciler.core.match import Matches, match, preference
from reconciler.core.resource import Attempt, Marker, Observed, Phase, Record, Resource
from tests.support.values import KINDS, NOW, A, B, C, desired, live, live_at, recorded, want

ONE, TWO = want(A, "one"), want(B, "two")


def matched(
    resources: list[Resource],
    *objects: Observed,
    records: dict[Address, Record] | None = None,
    moved: dict[Address, Address] | None = None,
) -> dict[Address, str]:
    """Address → the id that it stands for."""
    found = run(resources, *objects, records=records, moved=moved)
    return {address: item.seen.id for address, item in found.chosen.items()}


def run(
    resources: list[Resource],
    *objects: Observed,
    records: dict[Address, Record] | None = None,
    moved: dict[Address, Address] | None = None,
) -> Matches:
    """The whole assignment."""
    wanted = desired(*resources, moved=moved or {})
    return match(wanted, records or {}, live(*objects), KINDS)


def test_a_record_comes_first() -> None:
    """Even where an equal object would be preferred."""
    objects = live_at(ONE, "recorded", Phase.IN_PROGRESS), live_at(ONE, "ready")
    found = run([ONE], *objects, records={A: recorded(ONE, "recorded")})
    assert found.chosen[A].is_recorded
    assert found.used == {"recorded"}


def later(number: int = 2, phase: Phase = Phase.READY, address: Address = A) -> Observed:
    """A later try of the job, of which the state that was put back does not know."""
    marker = Marker(address, ONE.fingerprint, Attempt(1, number))
    return live_at(ONE, f"try-{number}", phase, marker=marker)


def test_a_record_gives_way_to_a_later_try_of_its_own() -> None:
    """The highest one that stands; what was recorded is free then, for an equal address as well."""
    records, first = {A: recorded(ONE, "1")}, live_at(ONE, "1")
    found = run([ONE], first, later(2), later(3), later(4, Phase.FAILED), records=records)
    assert (found.chosen[A].seen.id, found.chosen[A].is_recorded) == ("try-3", False)
    assert found.used == {"try-3"}
    assert matched([ONE], first, later(address=B), records=records, moved={A: B}) == {A: "try-2"}
    both = [ONE, want(B, "one")]
    assert matched(both, first, later(2), records=records) == {A: "try-2", B: "1"}


def test_what_is_no_reason_to_give_up_a_record() -> None:
    """No later one, one of an unknown status, one that was given up, or is held elsewhere."""
    objects = live_at(ONE, "1"), later(2)
    for records in (
        {A: recorded(ONE, "1", attempt=Attempt(1, 2))},
        {A: replace(recorded(ONE, "1"), imported=True)},
        {A: recorded(ONE, "1"), B: recorded(want(B, "one"), "try-2")},
    ):
        resources = [ONE, want(B, "one")] if B in records else [ONE]
        assert matched(resources, *objects, records=records)[A] == "1"
    known = {A: recorded(ONE, "1")}
    assert matched([ONE], objects[0], later(2, Phase.UNKNOWN), records=known) == {A: "1"}
    assert matched([replace(ONE, import_id="1")], *objects, records=known) == {A: "1"}
    deposed = {"try-2": Deposed("try-2", A)}
    assert match(desired(ONE), known, live(*objects), KINDS, deposed).used == {"1"}


@pytest.mark.parametrize(
    "record",
    [
        recorded(TWO, "1"),
        recorded(ONE, "1", attempt=Attempt(2, 1)),
        recorded(ONE, "elsewhere"),
    ],
)
def test_a_record_of_something_else_does_not_match(record: Record) -> None:
    """Of another spec, another generation, or of what is not live."""
    assert matched([ONE], live_at(TWO, "1"), records={A: record}) == {}


def test_the_own_address_comes_before_the_old_one() -> None:
    """And the old one before any other."""
    own, old, other = (live_at(want(address, "one"), address.name) for address in (A, B, C))
    moved = {A: B}
    assert matched([ONE], own, old, other, moved=moved) == {A: "a"}
    assert matched([ONE], old, other, moved=moved) == {A: "b"}
    assert matched([ONE], other, moved=moved) == {A: "c"}
    assert matched([ONE], old, other) == {A: "b"}


def test_an_id_is_used_once() -> None:
    """Two addresses of one spec never share an object."""
    assert matched([ONE, want(B, "one")], live_at(ONE, "1")) == {A: "1"}


@pytest.mark.parametrize(
    "seen",
    [
        live_at(ONE, "1", Phase.FAILED),
        live_at(ONE, "1", is_usable=False),
        live_at(want(A, "one", generation=2), "1"),
        live_at(TWO, "1"),
        live_at(ONE, "1", marker=None),
    ],
)
def test_what_cannot_stand_for_it(seen: Observed) -> None:
    """Failed, without its model, of another generation or spec, or not ours."""
    assert matched([ONE], seen) == {}


def test_equals_are_interchangeable_in_one_order() -> None:
    """The highest try, then succeeded, then the oldest, then the smallest id."""
    best = [
        live_at(ONE, "9", number=2, phase=Phase.IN_PROGRESS),
        live_at(ONE, "8", created_at=NOW - 1),
        live_at(ONE, "6"),
        live_at(ONE, "7"),
        live_at(ONE, "1", Phase.IN_PROGRESS, created_at=0),
        live_at(ONE, "0", marker=None, phase=Phase.IN_PROGRESS),
    ]
    shuffled = random.Random(1).sample(best, len(best))
    assert sorted(shuffled, key=preference) == best
    assert matched([ONE], *shuffled) == {A: "9"}


def test_an_import_is_bound_to_its_id() -> None:
    """Whatever its marker says; and no record of another address keeps it."""
    bound = want(A, "one", import_id="1")
    seen, record = live_at(TWO, "1"), {B: recorded(TWO, "1")}
    assert matched([bound, TWO], seen, records=record) == {A: "1"}
    assert matched([bound], live_at(ONE, "2")) == {}


def test_the_manifest_spells_out_what_was_resolved() -> None:
    """With the record by its spec, without one by the marker's fingerprint."""
    was, now = want(A, spec={}), want(A, spec={"seed": 7})
    seen = live_at(was, "1", body={"seed": 7})
    found = run([now], seen, records={A: recorded(was, "1")})
    assert found.chosen[A].is_recorded
    assert matched([now], seen) == {A: "1"}


def test_history_is_not_taken_for_a_lost_record() -> None:
    """Where something is recorded, an older object of a looser spec is history."""
    was, now = want(A, spec={}), want(A, spec={"seed": 7})
    seen = live_at(was, "1", body={"seed": 7})
    record = {A: recorded(want(A, spec={"seed": 8}), "2")}
    assert matched([now], seen, records=record) == {}
    other = live_at(want(A, spec={"seed": 9}), "3", body={"seed": 9})
    assert matched([now], other) == {}
    assert matched([now], live_at(was, "1", Phase.FAILED, body={"seed": 7})) == {}


def test_attempts_are_counted_at_these_addresses() -> None:
    """Failed ones included."""
    index = run([], live_at(ONE, "1", Phase.FAILED), live_at(want(B, "one"), "2")).index
    assert [seen.id for seen in index.attempts(ONE, A)] == ["1"]
    assert [seen.id for seen in index.attempts(ONE, A, B)] == ["1", "2"]


def test_a_marker_stands_for_itself() -> None:
    """An object without try counts as the first of its kind."""
    seen = live_at(ONE, "1", marker=Marker(A, ONE.fingerprint))
    assert matched([ONE], seen) == {A: "1"}
