"""The plan as a whole: total, deterministic, and empty once it was carried out."""

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.core.diff import diff
from reconciler.core.entries import Deposed, Entry, Gone, Intent, Put
from reconciler.core.order import needs, order
from reconciler.core.plan import Action, Change, Plan
from reconciler.core.resource import Attempt, Desired, Live, Marker, Observed, Phase
from reconciler.core.settle import settle, settled
from reconciler.core.state import State, replay
from reconciler.core.view import View
from tests.support.values import KINDS, NOW, A, B, C, F, G, live_at, planned, recorded, want

ADDRESSES = [F, G, A, B, C]
texts, generations = st.sampled_from(["one", "two"]), st.integers(1, 2)
ids = st.sampled_from(["1", "2", "3", "4", "5", "6"])


@st.composite
def wanted(draw: Any) -> Desired:
    """Some addresses, each with a spec, and perhaps a move."""
    chosen = draw(st.lists(st.sampled_from(ADDRESSES), unique=True, max_size=4))
    files = [address for address in chosen if address.kind == "files"]
    resources = {}
    for address in chosen:
        refs = {"training_file": draw(st.sampled_from(files))} if files else {}
        is_job = address.kind == "jobs"
        resources[address] = want(
            address,
            draw(texts),
            generation=draw(generations) if is_job else 1,
            refs=refs if is_job else {},
        )
    free = [address for address in (A, B, C) if address not in resources]
    moved = {a: free[0] for a in resources if a.kind == "jobs" and free and draw(st.booleans())}
    return Desired(resources, dict(list(moved.items())[:1]))


@st.composite
def seen(draw: Any, id_: str) -> Observed:
    """A live object under any marker, in any phase."""
    address = draw(st.sampled_from(ADDRESSES))
    is_job = address.kind == "jobs"
    resource = want(address, draw(texts), generation=draw(generations) if is_job else 1)
    phase = draw(st.sampled_from(Phase)) if is_job else Phase.READY
    number = draw(st.integers(1, 2)) if is_job else 1
    return live_at(resource, id_, phase, number, is_usable=draw(st.booleans()) or not is_job)


@st.composite
def situations(draw: Any) -> tuple[Desired, State, Live]:
    """Anything declared, recorded and live, whether it fits together or not."""
    objects = [draw(seen(id_)) for id_ in draw(st.lists(ids, unique=True))]
    spare = [o.id for o in objects]
    records, deposed = {}, {}
    for address in draw(st.lists(st.sampled_from(ADDRESSES), unique=True, max_size=3)):
        id_ = draw(st.sampled_from([*spare, f"gone-{address}"]))
        spare = [other for other in spare if other != id_]
        phase = draw(st.sampled_from(Phase))
        records[address] = recorded(want(address, draw(texts)), id_, phase=phase)
    for id_ in draw(st.lists(st.sampled_from(spare), unique=True, max_size=2)) if spare else []:
        kind = next(o.kind for o in objects if o.id == id_)
        deposed[id_] = Deposed(id_, next(a for a in ADDRESSES if a.kind == kind))
    gone = frozenset(r.id for r in records.values()) - {o.id for o in objects}
    known = State("lineage", "owner", serial=1, records=records, deposed=deposed)
    return draw(wanted()), known, Live({o.id: o for o in objects}, gone, NOW)


@given(situations(), st.randoms(use_true_random=False))
def test_the_order_of_what_is_read_does_not_matter(
    situation: tuple[Desired, State, Live], chance: random.Random
) -> None:
    """Equal values give equal plans, however their maps were filled."""

    def shuffled(values: Any) -> dict[Any, Any]:
        items = list(values.items())
        chance.shuffle(items)
        return dict(items)

    desired, state, live = situation
    again = diff(
        Desired(shuffled(desired.resources), shuffled(desired.moved)),
        State(
            "lineage", "owner", 1, records=shuffled(state.records), deposed=shuffled(state.deposed)
        ),
        Live(shuffled(live.objects), live.gone, live.date),
        dict(reversed(KINDS.items())),
    )
    plan = diff(desired, state, live, KINDS)
    assert (plan.changes, plan.findings) == (again.changes, again.findings)
    assert order(plan, live) == order(again, live)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(situations())
def test_what_is_at_rest_is_passed_by_for_nothing(situation: tuple[Desired, State, Live]) -> None:
    """Rules that look at everything say the same, before an apply and after it."""
    desired, state, live = situation
    for _ in range(2):
        plan = planned(desired, state, live)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(View, "at_rest", frozenset())
            assert planned(desired, state, live) == plan
        state, live = carried_out(plan, state, live)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(situations())
def test_an_applied_world_is_in_sync(situation: tuple[Desired, State, Live]) -> None:
    """Whatever stood before: after at most three applies nothing is left but what waits."""
    desired, state, live = situation
    for _ in range(3):
        plan = planned(desired, state, live)
        state, live = carried_out(plan, state, live)
    last = planned(desired, state, live)
    assert {change.action for change in last.changes} <= {Action.WAITING}
    assert last.refreshes == ()


def carried_out(plan: Plan, state: State, live: Live) -> tuple[State, Live]:
    """The state and the world after a plan, as the executor does it, in an instant."""
    objects, entries = dict(live.objects), list(plan.refreshes)
    required, done = needs(plan, live), set[Any]()
    for change in order(plan, live):
        if change.action is not Action.WAITING and required[change.key] <= done:
            entries.append(_effect(change, objects))
            done.add(change.key)
    state = replay(state, entries)
    gone = frozenset(id_ for id_ in state.held if id_ not in objects)
    return state, Live(objects, gone, NOW)


def _effect(change: Change, objects: dict[str, Observed]) -> Entry:
    match change:
        case Change(Action.ADOPT, record=record) if record:
            return Put(change.address, record, depose=change.depose)
        case Change(Action.FORGET | Action.DELETE):
            if change.action is Action.DELETE:
                del objects[change.id]
            return Gone(change.id)
        case Change(Action.CANCEL):
            old = objects[change.id]
            objects[change.id] = live_at(want(change.address), change.id, Phase.FAILED)
            if old.marker:
                again = want(change.address, generation=old.marker.attempt.generation)
                objects[change.id] = live_at(again, change.id, Phase.FAILED, marker=old.marker)
            return Gone(change.id)
        case _:
            return _created(change, objects)


def _created(change: Change, objects: dict[str, Observed]) -> Entry:
    assert change.resource
    id_ = f"new-{len(objects)}-{change.address}"
    marker = Marker(change.address, change.resource.fingerprint, change.attempt, f"op-{id_}")
    objects[id_] = live_at(change.resource, id_, Phase.IN_PROGRESS, marker=marker)
    record = recorded(change.resource, id_, attempt=change.attempt, phase=Phase.IN_PROGRESS)
    return Put(change.address, record, depose=change.depose)


@pytest.mark.parametrize("status", ["in_progress", "ready"])
def test_what_is_in_sync_is_counted(status: str) -> None:
    """By kind, and how much of it still runs."""
    job, file = live_at(want(A), "1", Phase(status)), live_at(want(F), "2")
    known = State("l", "o", 1, records={A: recorded(want(A), "1"), F: recorded(want(F), "2")})
    plan = planned(Desired({A: want(A), F: want(F)}), known, Live({"1": job, "2": file}))
    assert plan.in_sync == {"jobs": 1, "files": 1}
    assert plan.running == ({"jobs": 1} if status == "in_progress" else {})


def test_what_waits_or_failed_is_not_in_sync() -> None:
    """A finding that a person must resolve is counted for itself."""
    plan = planned(
        Desired({A: want(A)}), State("l", "o", 1), Live({"1": live_at(want(A), "1", Phase.FAILED)})
    )
    assert plan.in_sync == {}


def test_settled_first() -> None:
    """A create that was interrupted is found before anything is decided."""
    intent = Intent("op-1", A, want(A).fingerprint, Attempt(), want(A).spec, not_after=NOW)
    known = State("l", "o", 1, pending={"op-1": intent})
    live = Live({"1": live_at(want(A), "1", Phase.IN_PROGRESS)}, date=NOW)
    settlements = settle(known, live, KINDS, 300)
    plan = diff(Desired({A: want(A)}), settled(known, settlements), live, KINDS, settlements)
    assert (plan.changes, plan.findings) == ((), ())
