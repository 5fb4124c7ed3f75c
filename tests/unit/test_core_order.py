"""What a change needs to be done first, and the order of effects."""

from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.address import Address
from reconciler.core.order import Key, needs, order
from reconciler.core.plan import Action, Change, Plan
from reconciler.core.resource import Phase
from tests.support.values import A, B, F, G, live, live_at, recorded, want

OLD = live_at(want(A, "old"), "old-job", Phase.IN_PROGRESS, reads=("old-file",))
REPLACE_FILE = Change(Action.REPLACE, F, "", id="old-file", resource=want(F), depose=True)
REPLACE_JOB = Change(
    Action.REPLACE, A, "", id="old-job", resource=want(A, refs={"training_file": F}), depose=True
)
CANCEL = Change(Action.CANCEL, A, "", id="old-job", follows=A)
DELETE = Change(Action.DELETE, F, "", id="old-file", follows=F)


def test_a_replace_from_upload_to_delete() -> None:
    """File, job, cancel of the old job, delete of the old file."""
    plan = Plan((REPLACE_FILE, DELETE, REPLACE_JOB, CANCEL))
    assert order(plan, live(OLD)) == (REPLACE_FILE, REPLACE_JOB, CANCEL, DELETE)
    required = needs(plan, live(OLD))
    assert required[REPLACE_JOB.key] == {REPLACE_FILE.key}
    assert required[CANCEL.key] == {REPLACE_JOB.key}
    assert required[DELETE.key] == {REPLACE_FILE.key, CANCEL.key}


def test_records_are_put_in_order_first() -> None:
    """Adopt and forget before anything is made, whatever the address."""
    adopt = Change(Action.ADOPT, B, "", id="1", resource=want(B), record=recorded(want(B)))
    forget = Change(Action.FORGET, G, "", id="2")
    wait = Change(Action.WAITING, A, "")
    plan = Plan((REPLACE_FILE, wait, forget, adopt))
    assert order(plan, live()) == (forget, adopt, REPLACE_FILE, wait)


def test_what_follows_a_change_that_is_not_in_the_plan() -> None:
    """It needs nothing more."""
    assert needs(Plan((CANCEL,)), live(OLD)) == {CANCEL.key: frozenset()}


def test_a_cancel_of_another_file_s_reader_keeps_no_delete_back() -> None:
    """Only the readers of that very file matter."""
    other = Change(Action.DELETE, G, "", id="other-file")
    plan = Plan((CANCEL, other))
    assert needs(plan, live(OLD))[other.key] == frozenset()
    assert needs(plan, live())[other.key] == frozenset()


@given(st.permutations([REPLACE_FILE, DELETE, REPLACE_JOB, CANCEL]), st.integers(0, 20))
def test_order_respects_needs(changes: list[Change], more: int) -> None:
    """In whatever order the plan lists them, and among any number of others."""
    others = [
        Change(Action.CREATE, Address("jobs", f"x{i}"), "", resource=want(B)) for i in range(more)
    ]
    plan = Plan((*others, *changes))
    required = needs(plan, live(OLD))
    done: set[Key] = set()
    for change in order(plan, live(OLD)):
        assert required[change.key] <= done
        done.add(change.key)
    assert done == {change.key for change in plan.changes}
    assert order(plan, live(OLD)) == order(Plan(tuple(reversed(plan.changes))), live(OLD))
