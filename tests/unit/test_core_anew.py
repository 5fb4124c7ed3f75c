"""What `--replace` makes anew, what of it the state remembers, and what ends first."""

from reconciler.core.anew import later, renewals
from reconciler.core.ceiling import Scene, granted, stay_within
from reconciler.core.grant import Verb
from reconciler.core.order import needs, order
from reconciler.core.plan import Plan
from reconciler.core.renewal import Renewal
from reconciler.core.resource import Attempt, Desired, Phase, Resource
from reconciler.core.scope import Scope, scoped
from reconciler.core.state import State
from reconciler.core.wish import Wish, wished
from tests.support.values import (
    KINDS,
    A,
    B,
    F,
    desired,
    live,
    live_at,
    planned,
    recorded,
    state,
    told,
    want,
)

JOB, OTHER = want(A), want(B, "other")
BOTH = state({A: recorded(JOB, "1"), B: recorded(OTHER, "2")})
DONE = live(live_at(JOB, "1"), live_at(OTHER, "2"))
ASKED = Renewal(A, JOB.fingerprint, Attempt(1, 2))
RUN = Phase.IN_PROGRESS


def anew(*resources: Resource, wish: Wish | None = None) -> Desired:
    """These, and a person who wants all of them anew."""
    return wished(desired(*resources), wish or Wish(("*",)))


def known(records: State, *asked: Renewal) -> State:
    """A state that an apply left behind which did not end well."""
    return state(records.records, renewals=asked)


def test_what_is_remembered() -> None:
    """What is made, and what an apply before made of the same; nothing that nobody asked for."""
    wanted = anew(JOB, OTHER)
    after = known(BOTH, ASKED, Renewal(F, "v1:00", Attempt()))
    seen = live(live_at(JOB, "1"), live_at(JOB, "3", number=2), live_at(OTHER, "2"))
    plan = planned(wanted, after, seen)
    assert told(plan) == ["adopt jobs.a", "replace jobs.b"]
    assert renewals(plan, wanted, after) == (ASKED, Renewal(B, OTHER.fingerprint, Attempt(1, 2)))
    assert renewals(plan, desired(JOB, OTHER), after) == ()


def test_another_spec_or_generation_was_asked_for() -> None:
    """What an apply before asked for is of its own spec and generation."""
    for asked in (
        Renewal(A, "v1:00", Attempt(1, 2)),
        Renewal(A, JOB.fingerprint, Attempt(2, 1)),
        Renewal(B, JOB.fingerprint, Attempt(1, 2)),
    ):
        after = known(state({A: recorded(JOB, "1", attempt=Attempt(1, 2))}), asked)
        assert told(planned(anew(JOB), after, live(live_at(JOB, "1")))) == ["replace jobs.a"]


def test_what_nothing_is_known_of() -> None:
    """It is made because it is missing; a failure that no state knows of is left to a person."""
    assert told(planned(anew(JOB), state(), live())) == ["create jobs.a"]
    failed = live(live_at(JOB, "1", Phase.FAILED))
    assert told(planned(anew(JOB), state(), failed)) == []
    assert told(planned(anew(JOB), known(state(), ASKED), failed)) == ["create jobs.a"]


def test_a_later_round() -> None:
    """Only what was asked for at first, and is not made yet."""
    wanted, after = anew(JOB, OTHER, want(F)), known(BOTH, ASKED, ASKED._replace(address=B))
    assert later(wanted, after, ()).renewed == {A, B}
    assert later(wanted, after, {A}).renewed == {B}


def plan_of_a_lead() -> tuple[Plan, Scene]:
    """A running job and its file, both edited; the job has to end first."""
    old = want(A, "old")
    wanted = anew(want(F, "new"), want(A, "new", refs={"training_file": F}), wish=Wish((), ("*",)))
    before = state({F: recorded(want(F), "9"), A: recorded(old, "1", reads=("9",), phase=RUN)})
    seen = live(live_at(want(F), "9"), live_at(old, "1", RUN, reads=("9",)))
    return planned(wanted, before, seen), Scene(wanted, before, seen, KINDS)


def test_what_ends_first() -> None:
    """It ends after what its successor reads is there, right before the successor is made."""
    plan, scene = plan_of_a_lead()
    done = [f"{change.action.word} {change.address}" for change in order(plan, scene.live)]
    assert done == ["replace files.f", "cancel jobs.a", "replace jobs.a", "delete files.f"]
    lead = next(change for change in plan.changes if change.leads)
    assert needs(plan, scene.live)[lead.key] == {(F, "")}
    assert needs(plan, scene.live)[A, ""] == {(F, ""), lead.key}


def test_nothing_ends_for_what_is_not_made() -> None:
    """Out of scope, or beyond what was confirmed: the one that runs goes on."""
    plan, scene = plan_of_a_lead()
    left = scoped(plan, scene.desired, scene.live, Scope(keeps_all=True))
    assert told(left) == ["replace files.f"]
    assert [finding.what for finding in left.findings] == [
        "jobs.a is left out: what it replaces would have to be cancelled first"
    ]
    ceiling = tuple(g for g in granted(plan, scene) if g.verb is not Verb.PAY)
    assert "cancel" not in " ".join(told(stay_within(plan, ceiling, scene)))
    assert len(told(stay_within(plan, granted(plan, scene), scene))) == len(plan.changes)
