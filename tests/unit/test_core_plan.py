"""A plan as values."""

from reconciler.core.plan import Action, Change, Finding, Plan, Severity, by_address
from tests.support.values import A, B, F, want

CREATE = Change(Action.CREATE, A, "new", resource=want(A))
TAIL = Change(Action.CANCEL, A, "replaced", id="old", follows=A)
DELETE = Change(Action.DELETE, F, "", id="file")


def test_changes_read_by_address_a_change_before_its_tail() -> None:
    """Whatever order they were decided in."""
    assert by_address([TAIL, CREATE, DELETE]) == (DELETE, CREATE, TAIL)


def test_a_tail_is_not_counted_for_itself() -> None:
    """A person counts a replace once."""
    plan = Plan((DELETE, CREATE, TAIL))
    counts = {action: plan.count(action) for action in Action if plan.count(action)}
    assert counts == {Action.DELETE: 1, Action.CREATE: 1}
    assert not plan.is_empty
    assert Plan().is_empty


def test_findings_by_severity() -> None:
    """In the order in which the plan lists them."""
    failed = Finding(Severity.FAILED, A, "failed")
    drift = Finding(Severity.NOTE, B, "drift")
    plan = Plan(findings=(failed, drift))
    assert plan.of(Severity.NOTE, Severity.WARNING) == (drift,)


def test_what_an_action_does() -> None:
    """Each one makes, destroys, or neither."""
    assert {action for action in Action if action.makes} == {Action.CREATE, Action.REPLACE}
    assert {action for action in Action if action.destroys} == {Action.DELETE, Action.CANCEL}
    assert Action.WAITING.word == "waiting"


def test_a_change_is_told_from_its_tail() -> None:
    """By the object that the tail retires."""
    assert CREATE.key != TAIL.key
