"""What evidence closes a pending create, and what does not."""

import pytest
from msgspec.structs import replace

from reconciler.core.entries import Clear, Depose, Put
from reconciler.core.resource import Marker, Phase
from reconciler.core.settle import quiet_until, record_of, settle, settled
from reconciler.core.state import State
from tests.support.values import KINDS, NOW, A, F, live, live_at, pending, recorded, state, want

JOB, FILE = want(A), want(F)
LATE = NOW + 60 + 300
"""When a list must show what an intent that expires a minute from now has made."""


def entry_of(known: State, *objects: object, date: int | None = NOW) -> object:
    """The entry of the only pending create."""
    seen = live(*objects, date=date)  # type: ignore[arg-type]  # what live_at makes
    return settle(known, seen, KINDS, 300)[0].entry


def test_a_run_is_found_by_its_op() -> None:
    """Its record is what the intent said, with what the list tells."""
    known = state(pending={"op-1": pending(JOB, protect=True, facts={"rows": 3})})
    seen = live_at(JOB, "1", Phase.IN_PROGRESS, facts={"tokens": 5})
    entry = entry_of(known, seen)
    assert isinstance(entry, Put)
    assert (entry.address, entry.op, entry.record.id) == (A, "op-1", "1")
    assert (entry.record.protect, entry.record.facts) == (True, {"rows": 3, "tokens": 5})


def test_a_run_of_another_op_is_no_evidence() -> None:
    """Even if it is of the same spec: it may be another runner's."""
    known = state(pending={"op-1": pending(JOB)})
    assert entry_of(known, live_at(JOB, "other")) is None


def test_a_foreign_object_is_no_evidence() -> None:
    """Only our marker says that something is ours."""
    known = state(pending={"op-1": pending(FILE)})
    assert entry_of(known, live_at(FILE, "1", marker=None)) is None


def test_a_file_is_found_by_its_name_the_oldest_first() -> None:
    """A file has no op; two intents of one content never share a file."""
    known = state(pending={"op-1": pending(FILE), "op-2": pending(FILE, "op-2")})
    two = live(live_at(FILE, "new", created_at=NOW + 1), live_at(FILE, "old"))
    after = settled(known, settle(known, two, KINDS, 300))
    assert (after.records[F].id, set(after.deposed)) == ("old", {"new"})
    assert not after.pending


def test_a_file_that_is_held_is_not_found_again() -> None:
    """What another place stands on was not made by this request."""
    known = state({F: recorded(FILE, "1")}, pending={"op-1": pending(FILE)})
    assert entry_of(known, live_at(FILE, "1")) is None


def test_an_older_file_was_made_by_another_request() -> None:
    """Its name is the same, and a lost state may have made it."""
    known = state(pending={"op-1": pending(FILE, begun=NOW)})
    assert entry_of(known, live_at(FILE, "1", created_at=NOW - 1)) is None
    assert isinstance(entry_of(known, live_at(FILE, "1", created_at=NOW)), Put)


def test_an_age_that_is_not_told_proves_nothing() -> None:
    """What is overlooked would be paid for again."""
    known = state(pending={"op-1": pending(FILE, begun=NOW)})
    assert isinstance(entry_of(known, live_at(FILE, "1", created_at=0)), Put)


def test_a_file_whose_size_is_not_told() -> None:
    """Its name and purpose are enough."""
    known = state(pending={"op-1": pending(FILE)})
    said = Marker(F, FILE.fingerprint[:-2] + "?")
    assert isinstance(entry_of(known, live_at(FILE, "1", marker=said)), Put)


def test_a_late_find_where_the_address_is_taken() -> None:
    """It is deposed; diff chooses between the two."""
    known = state({A: recorded(JOB, "now")}, pending={"op-1": pending(want(A, "old"))})
    seen = live_at(want(A, "old"), "1", reads=("file-1",))
    entry = entry_of(known, live_at(JOB, "now"), seen)
    assert isinstance(entry, Depose)
    assert (entry.deposed.id, entry.deposed.reads) == ("1", ("file-1",))


def test_a_late_find_where_the_record_is_gone() -> None:
    """A record of what is gone holds no place."""
    known = state({A: recorded(JOB, "gone")}, pending={"op-1": pending(JOB)})
    assert isinstance(entry_of(known, live_at(JOB, "1")), Put)


@pytest.mark.parametrize(("date", "is_cleared"), [(LATE - 1, False), (LATE, True), (None, False)])
def test_absence_is_evidence_only_after_settle(date: int | None, *, is_cleared: bool) -> None:
    """The API's own clock decides; where it tells none, nothing is known."""
    known = state(pending={"op-1": pending(JOB)})
    entry = entry_of(known, date=date)
    assert isinstance(entry, Clear) == is_cleared
    assert settle(known, live(date=date), KINDS, 300)[0].wait_until == LATE


def test_an_intent_without_a_time_waits() -> None:
    """An unknown age never ends by itself."""
    known = state(pending={"op-1": pending(JOB, not_after=None)})
    assert entry_of(known, date=NOW * 2) is None


def test_a_record_of_what_was_made() -> None:
    """The fingerprint is the intent's, whatever the marker says."""
    seen = live_at(JOB, "1", marker=Marker(A, "other"), expires_at=NOW)
    record = record_of(pending(JOB), seen)
    assert (record.fingerprint, record.expires_at) == (JOB.fingerprint, NOW)


def test_a_new_state_of_a_known_owner_is_quiet() -> None:
    """Something of ours is live and the state knows nothing: it was lost."""
    new = State("lineage", "owner")
    assert quiet_until(new, live(live_at(FILE)), 300) == NOW + 300
    assert quiet_until(new, live(live_at(FILE, marker=None)), 300) is None
    assert quiet_until(new, live(), 300) is None
    assert quiet_until(new, live(live_at(FILE)), 0) is None


def test_a_state_that_was_written_keeps_its_quiet_time() -> None:
    """It does not begin again with each look."""
    assert quiet_until(state(quiet_until=NOW), live(live_at(FILE)), 300) == NOW
    assert quiet_until(state(), live(live_at(FILE)), 300) is None


@pytest.mark.parametrize(("waited", "is_cleared"), [(0, False), (299, False), (300, True)])
def test_an_endpoint_that_tells_no_time_is_waited_for_in_full(
    waited: int, is_cleared: bool
) -> None:
    """An unknown age is no age: only what this apply has waited itself counts."""
    known = state(pending={"op-1": pending(JOB)})
    seen = replace(live(date=None), waited=waited)
    (found,) = settle(known, seen, KINDS, 300)
    assert isinstance(found.entry, Clear) is is_cleared


def test_a_lost_state_is_quiet_in_full_where_no_time_is_told() -> None:
    """The quiet time is counted from this apply's own start."""
    assert quiet_until(State("lineage", "bots"), live(live_at(JOB, "1"), date=None), 300) == 300
