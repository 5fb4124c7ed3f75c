"""What a plan may not do unless a person says so."""

from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.core.address import Address
from reconciler.core.budget import NOTHING_SPENT, Spent
from reconciler.core.checks import Checks, Trial
from reconciler.core.entries import Deposed
from reconciler.core.guards import Leave, Setting, guard, matches
from reconciler.core.plan import Action, Change, Plan, Severity
from reconciler.core.resource import Desired
from reconciler.core.state import State
from tests.support.values import KINDS, NOW, A, B, F, desired, live, recorded, state, want

OTHERS = desired(want(B))
NO_LEAVE, AT_HOME = Leave(), Setting()


def refused(
    plan: Plan,
    known: State,
    wanted: Desired = OTHERS,
    *,
    gone: tuple[str, ...] = (),
    leave: Leave = NO_LEAVE,
    setting: Setting = AT_HOME,
    spent: Spent = NOTHING_SPENT,
) -> list[str]:
    """What the guards refuse, each with its cure."""
    seen = live(gone=gone)
    found = guard(plan, wanted, known, seen, KINDS, leave=leave, setting=setting, spent=spent)
    assert all(finding.severity is Severity.REFUSED for finding in found)
    assert all(finding.where and finding.why and finding.cure for finding in found)
    return [f"{finding.what}; {finding.cure}" for finding in found]


def retire(address: Address = A, **rest: Any) -> Change:
    """A cancel."""
    return Change(Action.CANCEL, address, "", **{"id": "1", **rest})


def many(count: int) -> tuple[Plan, State]:
    """So many cancels of ten recorded jobs."""
    names = [Address("jobs", f"j{i}") for i in range(10)]
    known = state({address: recorded(want(address), str(address)) for address in names})
    return Plan(tuple(retire(address, id=str(address)) for address in names[:count])), known


def test_protection_is_kept_in_the_state() -> None:
    """To delete the block does not delete the guard; the manifest speaks where it declares."""
    known = state({A: recorded(want(A), protect=True)})
    plan = Plan((retire(),))
    assert ["--allow-protected jobs.a" in text for text in refused(plan, known)] == [True]
    assert refused(plan, known, desired(want(A, protect=False))) == []
    assert len(refused(plan, state(), desired(want(A, protect=True)))) == 1
    assert refused(plan, state()) == []


def test_leave_by_address_or_pattern() -> None:
    """And `destroy` asks instead of the other guards, not instead of protection."""
    known, plan = state({A: recorded(want(A), protect=True)}), Plan((retire(),))
    assert refused(plan, known, leave=Leave(protected=("jobs.*",))) == []
    assert refused(plan, known, leave=Leave(protected=("files.*",)))
    assert refused(plan, known, leave=Leave(everything=True))
    assert matches(A, ["jobs.a"])


def test_an_empty_manifest() -> None:
    """Over a state that is not, it looks like a missing include."""
    known, plan = state({A: recorded(want(A))}), Plan((retire(),))
    assert "--allow-empty" in refused(plan, known, Desired())[0]
    assert refused(plan, known, Desired(), leave=Leave(empty=True)) == []
    assert refused(plan, known, Desired(), leave=Leave(everything=True)) == []
    assert refused(Plan(), known, Desired()) == []
    assert refused(plan, state(), Desired()) == []


@pytest.mark.parametrize(("count", "is_refused"), [(5, False), (6, True)])
def test_many_at_once(count: int, *, is_refused: bool) -> None:
    """More than a number and more than a share of a kind."""
    plan, known = many(count)
    found = refused(plan, known)
    assert bool(found) == is_refused
    assert refused(plan, known, leave=Leave(retire=("jobs.*",))) == []
    assert all("6 of 10 jobs would be cancelled (the guard" in text for text in found)
    assert all("reconciler apply --allow-delete 'jobs.j*'" in text for text in found)


def test_what_a_replace_retires_is_not_counted() -> None:
    """It was reviewed as a replace; also where it could not be retired at once."""
    plan, known = many(10)
    tails = tuple(retire(change.address, follows=change.address) for change in plan.changes)
    assert refused(Plan(tails), known) == []
    owed = {
        f"old-{n}": Deposed(f"old-{n}", change.address) for n, change in enumerate(plan.changes)
    }
    later = tuple(Change(Action.CANCEL, old.address, "", id=id_) for id_, old in owed.items())
    assert refused(Plan(later), replace(known, deposed=owed)) == []
    assert len(refused(Plan(later), known)) == 1


def test_an_address_with_brackets_is_allowed_as_it_is_written() -> None:
    """A job of a matrix is named by what a pattern would take for a set of characters."""
    one = Address("jobs", "sweep[n_epochs=2]")
    assert matches(one, [str(one)])
    assert matches(one, ["jobs.sweep*"])
    assert not matches(one, ["jobs.sweep[n_epochs=4]"])


def test_addresses_that_begin_alike_are_allowed_by_what_they_share() -> None:
    """The cure names no more than has to be allowed."""
    names = [Address("files", f"faq-{n}") for n in (1, 12, 13, 14, 15, 16)]
    others = [Address("files", f"x{n}") for n in range(3)]
    known = state({a: recorded(want(a), str(a)) for a in (*names, *others)})
    deletes = [Change(Action.DELETE, a, "", id=str(a)) for a in names]
    (text,) = refused(Plan(tuple(deletes)), known)
    assert text.startswith("refused: 6 of 9 files would be deleted (the guard allows 5 or 30%)")
    assert text.endswith("--allow-delete 'files.faq-1*'")


def test_most_of_what_is_needed_is_gone() -> None:
    """Rather a wrong key than a clean-up, where the plan pays or destroys."""
    known = state({A: recorded(want(A), "1"), B: recorded(want(B), "2")})
    costly = Plan((Change(Action.CREATE, A, "", resource=want(A)),))
    found = refused(costly, known, gone=("1", "2"))
    assert ["2 of 2" in text and "--allow-missing" in text for text in found] == [True]
    assert refused(costly, known, gone=("1", "2"), leave=Leave(missing=("*",))) == []
    assert refused(costly, known, gone=("1",)) == []
    free = Plan((Change(Action.FORGET, A, "", id="1"),))
    assert refused(free, known, gone=("1", "2")) == []


def test_files_may_go_once_their_jobs_exist() -> None:
    """So may what expired; neither says that the key is wrong."""
    files = {Address("files", f"f{i}"): f"file-{i}" for i in range(8)}
    records = {address: recorded(want(address), id_) for address, id_ in files.items()}
    expired = {F: recorded(want(F), "old", expires_at=NOW)}
    known = state({A: recorded(want(A), "1"), **records, **expired})
    costly = Plan((Change(Action.CREATE, B, "", resource=want(B)),))
    assert refused(costly, known, gone=(*files.values(), "old")) == []
    needed = tuple(Change(Action.CREATE, a, "", resource=want(a)) for a in files)
    assert len(refused(Plan(needed), known, gone=(*files.values(), "old"))) == 1


def test_a_paid_create_in_ci_on_a_local_state() -> None:
    """Two runners with empty disks share no lock; an upload costs nothing."""
    both = Setting(is_ci=True, is_local_state=True)
    paid = Plan((Change(Action.CREATE, A, "", resource=want(A)),))
    free = Plan((Change(Action.CREATE, F, "", resource=want(F)),))
    assert "--allow-local-state" in refused(paid, state(), setting=both)[0]
    assert refused(free, state(), setting=both) == []
    assert refused(paid, state(), setting=Setting(is_ci=True, is_local_state=False)) == []
    assert refused(paid, state()) == []
    assert refused(paid, state(), setting=both, leave=Leave(local_state=True)) == []


def test_checks_are_counted_over_all_rounds_of_an_apply() -> None:
    """What earlier ones asked is not allowed again; a round that asks nothing needs no leave."""
    check = Change(Action.CHECK, Address("models", "prod"), "", trial=Trial(Checks("d", 1, 3), "m"))
    plan, wanted = Plan((check,)), replace(OTHERS, most_requests=5)
    assert not refused(plan, state(), wanted, spent=Spent(requests=2))
    (said,) = refused(plan, state(), wanted, spent=Spent(requests=3))
    assert "the checks take 3 chat completions after 3 of this apply, 5 are allowed" in said
    assert not refused(Plan(), state(), wanted, spent=Spent(requests=6))
