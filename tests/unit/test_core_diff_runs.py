"""What becomes of a desired run: paid once, never again by accident."""

from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.core.address import Address
from reconciler.core.entries import Put
from reconciler.core.plan import Action, Change, Detail, Finding, Plan, Severity
from reconciler.core.resource import Attempt, Observed, Phase, Resource, Retry
from reconciler.core.state import State, replay
from tests.support.values import (
    NOW,
    A,
    B,
    F,
    desired,
    live,
    live_at,
    pending,
    planned,
    recorded,
    state,
    told,
    want,
)  # fmt: skip

RUN, FAILED = Phase.IN_PROGRESS, Phase.FAILED


def failed(resource: Resource, id_: str = "1", **rest: Any) -> Observed:
    """A run that the server gave up."""
    return live_at(resource, id_, FAILED, **({"error_code": "server_error"} | rest))


def standing(plan: Plan) -> Finding:
    """The only finding, where nothing is to do."""
    assert plan.changes == ()
    (finding,) = plan.findings
    return finding


def only(plan: Plan) -> Change:
    """The only change of a plan."""
    (change,) = plan.changes
    return change


def test_recorded_and_standing() -> None:
    """Nothing to do; the record learns the new status, and later nothing at all."""
    known = state({A: recorded(want(A), "1", phase=RUN, status="running")})
    plan = planned(desired(want(A)), known, live(live_at(want(A), "1")))
    (entry,) = plan.refreshes
    assert isinstance(entry, Put)
    assert (plan.changes, plan.in_sync, entry.record.status) == ((), {"jobs": 1}, "ready")
    again = planned(desired(want(A)), state({A: entry.record}), live(live_at(want(A), "1")))
    assert again.refreshes == ()


def test_nothing_is_there() -> None:
    """The first try of the generation, and why."""
    change = only(planned(desired(want(A, generation=2, summary="base")), state(), live()))
    assert (change.action, change.attempt, change.reason) == (
        Action.CREATE, Attempt(2, 1), "new: base",
    )  # fmt: skip


@pytest.mark.parametrize("data", ["x", "changed"])
def test_gone_before_it_ended(data: str) -> None:
    """Unsettled, and never created again, even if the manifest changed meanwhile."""
    known = state({A: recorded(want(A), "1", phase=RUN, status="running")})
    finding = standing(planned(desired(want(A, data)), known, live(gone=("1",))))
    assert (finding.severity, finding.address) == (Severity.UNSETTLED, A)
    assert "running" in finding.why
    assert finding.cure.endswith("reconciler state forget jobs.a")


def test_gone_after_it_ended() -> None:
    """A finished run is history: nothing; a failed one still stands for a decision."""
    done = state({A: recorded(want(A), "1")})
    plan = planned(desired(want(A)), done, live(gone=("1",)))
    assert (plan.findings, len(plan.drift)) == ((), 1)
    noted = replay(done, plan.refreshes)
    assert planned(desired(want(A)), noted, live(gone=("1",))).drift == ()
    over = state({A: recorded(want(A), "1", phase=FAILED, status="failed")})
    finding = standing(planned(desired(want(A)), over, live(gone=("1",))))
    assert (finding.severity, finding.where) == (Severity.FAILED, "1, attempt 1")


def test_gone_after_it_failed_with_tries_left() -> None:
    """The next try, though no list shows the first one any more."""
    resource = want(A, retry=Retry(1))
    over = state({A: recorded(resource, "1", phase=FAILED, status="failed")})
    change = only(planned(desired(resource), over, live(gone=("1",))))
    assert (change.action, change.attempt) == (Action.CREATE, Attempt(1, 2))


def test_gone_and_the_spec_changed() -> None:
    """What had ended is replaced, and nothing is left to retire."""
    known = state({A: recorded(want(A, "old"), "1")})
    plan = planned(desired(want(A)), known, live(gone=("1",)))
    assert told(plan) == ["replace jobs.a"]
    assert not only(plan).depose


LEFT = "1 is in_progress: cancelled once the new one is there"


@pytest.mark.parametrize(
    ("old", "new", "reason", "detail"),
    [
        ({"seed": 1}, {"seed": 2}, "seed changed", Detail("seed", "1", "2", forces=True)),
        ({}, {"a": {"n": 3}}, "n changed", Detail("n", "unset", "3", forces=True)),
        (
            {"training_file": "01234567" * 8},
            {"training_file": "98765432" * 8},
            "its training data changed",
            Detail("training_file", "files.f  01234567", "98765432", forces=True),
        ),
        (
            {"training_file": "01234567" * 8},
            {},
            "its training data changed",
            Detail("training_file", "files.f  01234567", "unset", forces=True),
        ),
    ],
)
def test_another_spec(
    old: dict[str, Any], new: dict[str, Any], reason: str, detail: Detail
) -> None:
    """Create first, the old one is cancelled after; the fields say why."""
    was = want(A, spec=old | {"x": 1})
    now = want(A, spec=new | {"x": 1}, refs={"training_file": F})
    plan = planned(
        desired(now), state({A: recorded(was, "1", phase=RUN)}), live(live_at(was, "1", RUN))
    )
    assert told(plan) == ["replace jobs.a", "then cancel jobs.a"]
    replace, cancel = plan.changes
    assert replace.reason == f"{reason}: trains again"
    assert replace.details == (detail, Detail("replaced", note=LEFT))
    assert (replace.depose, cancel.id) == (True, "1")
    assert "what it has trained is lost" in cancel.reason


def test_another_generation() -> None:
    """The same spec is trained again on purpose; a finished run stays as history."""
    was, now = want(A), want(A, generation=2)
    plan = planned(desired(now), state({A: recorded(was, "1")}), live(live_at(was, "1")))
    change = only(plan)
    assert (change.action, change.reason) == (Action.REPLACE, "generation 1 → 2: trains again")
    assert not change.depose


def test_a_replaced_run_of_unknown_status() -> None:
    """It is deposed and waits: nothing destructive, and it is not forgotten."""
    was = want(A, "old")
    known = state({A: recorded(was, "1", phase=Phase.UNKNOWN, status="warming_up")})
    seen = live(live_at(was, "1", Phase.UNKNOWN, status="warming_up"))
    plan = planned(desired(want(A)), known, seen)
    assert told(plan) == ["replace jobs.a", "then waiting jobs.a"]
    assert plan.changes[0].depose


def test_a_failure_stands_until_a_person_decides() -> None:
    """With the error, and the cure."""
    finding = standing(planned(desired(want(A)), state(), live(failed(want(A)))))
    assert finding.what == "jobs.a failed (server_error) and is not trained again by itself"
    assert finding.why == "the run ended without a model"
    assert "in the manifest generation: 2, or by itself: retry: {max: 1}" in finding.cure
    told_why = failed(want(A), facts={"error": "bad line 3"})
    assert standing(planned(desired(want(A)), state(), live(told_why))).why == "bad line 3"


def test_how_a_run_ended_is_recorded() -> None:
    """A standing failure is no reason to call it running for ever."""
    known = state({A: recorded(want(A), "1", phase=RUN, status="running")})
    (entry,) = planned(desired(want(A)), known, live(failed(want(A)))).refreshes
    assert isinstance(entry, Put)
    assert entry.record.phase is FAILED


@pytest.mark.parametrize(
    ("retry", "tries", "number"),
    [
        (Retry(1), 1, 2),
        (Retry(1), 2, None),
        (Retry(2), 2, 3),
        (Retry(1, ("server_error",)), 1, 2),
        (Retry(1, ("other",)), 1, None),
        (Retry(0), 1, None),
    ],
)
def test_retries(retry: Retry, tries: int, number: int | None) -> None:
    """Counted by the highest try that is live, so a lost state gives none back."""
    resource = want(A, retry=retry)
    seen = [failed(resource, str(n), number=n) for n in range(1, tries + 1)]
    plan = planned(desired(resource), state(), live(*seen))
    if number is None:
        assert standing(plan).severity is Severity.FAILED
    else:
        assert only(plan).attempt == Attempt(1, number)
        assert only(plan).reason == f"try {number}: {tries} failed (server_error)"


def test_a_cancel_of_ours_says_so() -> None:
    """A run that failed by itself meanwhile was not cancelled by anyone."""
    cancelled = failed(want(A), status="cancelled", error_code="")
    known = state(cancelled=("1",))
    assert "by reconciler" in standing(planned(desired(want(A)), known, live(cancelled))).what
    ended = planned(desired(want(A)), known, live(failed(want(A))))
    assert "by reconciler" not in standing(ended).what


def test_a_model_that_is_gone() -> None:
    """Its run succeeded and is of no use: retries are not for that."""
    resource = want(A, retry=Retry(3))
    seen = live_at(resource, "1", is_usable=False, facts={"fine_tuned_model": "ft:1"})
    for known in (state(), state({A: recorded(resource, "1")})):
        finding = standing(planned(desired(resource), known, live(seen)))
        assert finding.what == "jobs.a: its model was deleted"
        assert finding.why.startswith("ft:1")
        assert finding.cure.startswith("for the same again, generation: 2")


def test_a_model_of_a_matrix_that_is_gone() -> None:
    """A generation would train all of the matrix again, so the cure names the one job."""
    resource = want(Address("jobs", "s[n=1]"))
    seen = live_at(resource, "1", is_usable=False, facts={"fine_tuned_model": "ft:1"})
    cure = standing(planned(desired(resource), state(), live(seen))).cure
    assert cure.startswith("for the same again, reconciler apply --replace 'jobs.s[n=1]': ")


def test_failures_at_the_address_it_moved_from() -> None:
    """They count, and a failure that stands for another address does not."""
    resource = want(B, retry=Retry(1))
    moved = desired(resource, moved={B: A})
    change = only(planned(moved, state(), live(failed(want(A)))))
    assert change.attempt == Attempt(1, 2)


def waiting_for(known: State, *, data: str = "x", objects: tuple[Observed, ...] = ()) -> list[str]:
    """What is told of one desired job while something is in doubt."""
    plan = planned(desired(want(A, data)), known, live(*objects))
    assert {finding.severity for finding in plan.findings} == {Severity.UNSETTLED}
    return told(plan)


def test_a_pending_create_blocks_its_spec_everywhere() -> None:
    """At its own address any change; at another one what it may have made."""
    assert waiting_for(state(pending={"op-1": pending(want(A))})) == ["waiting jobs.a"]
    assert waiting_for(state(pending={"op-1": pending(want(B))})) == ["waiting jobs.a"]
    own = state(pending={"op-1": pending(want(A))})
    assert waiting_for(own, data="new") == ["waiting jobs.a"]
    found = live_at(want(B, "new"), "9")
    assert waiting_for(own, data="new", objects=(found,)) == ["waiting jobs.a"]
    other = state(pending={"op-1": pending(want(B))})
    assert waiting_for(other, data="new") == ["create jobs.a"]


def test_what_is_unsettled_says_when_to_come_back() -> None:
    """The time from which a list must show it, where one is known; to create what is declared."""
    timed = state(pending={"op-1": pending(want(A))})
    timeless = state(pending={"op-1": pending(want(A), not_after=None)})
    for known, when in ((timed, "from 13:52:40Z on"), (timeless, "later")):
        (finding,) = planned(desired(want(A)), known, live()).findings
        assert finding.cure.startswith(f"reconciler apply {when}, or ")
        (finding,) = planned(desired(want(B)), known, live()).findings
        assert finding.cure.startswith(f"reconciler apply {when}, or ")
        (finding,) = planned(desired(), known, live()).findings
        assert finding.cure.startswith(f"the same command again {when}: it is not created")
    assert planned(desired(), state(pending={"op-1": pending(want(F))}), live()).findings == ()


@pytest.mark.parametrize(
    ("base_url", "begun", "where"),
    [
        ("https://x.example", NOW, "POST https://x.example/made at 13:46:40Z, op 5b1c9e02"),
        ("sandbox", None, "POST /made, op 5b1c9e02"),
    ],
)
def test_what_is_unsettled_names_its_request(base_url: str, begun: int | None, where: str) -> None:
    """So that it can be looked for in the endpoint's own log."""
    intent = pending(want(A), "5b1c9e02-0000", begun=begun)
    known = state(pending={intent.op: intent}, endpoint=(base_url, "", ""))
    (finding,) = planned(desired(), known, live()).findings
    assert finding.where == where


@pytest.mark.parametrize(
    ("begun", "date", "waited", "passed"),
    [
        (NOW, NOW + 130, 7, "2m 10s of 6m"),
        (NOW, NOW - 5, 7, "0s of 6m"),
        (NOW, None, 7, "7s of 5m"),
        (None, NOW, 7, "7s of 5m"),
    ],
)
def test_what_is_unsettled_says_how_long_it_takes(
    begun: int | None, date: int | None, waited: int, passed: str
) -> None:
    """Since the request by the API's clock; where that is not known, since this apply began."""
    intent = pending(want(A), begun=begun)
    seen = replace(live(date=date), waited=waited)
    (finding,) = planned(desired(), state(pending={intent.op: intent}), seen).findings
    assert f"{passed} have passed; sending again could pay twice" in finding.why


def test_a_lost_state_pays_for_nothing_yet() -> None:
    """Until lists must show what it may have made."""
    known = state(quiet_until=NOW + 1)
    plan = planned(desired(want(A)), known, live())
    assert told(plan) == ["waiting jobs.a"]
    assert plan.findings[0].severity is Severity.UNSETTLED
    assert told(planned(desired(want(F)), known, live())) == ["create files.f"]


def test_what_is_claimed_by_a_blocked_address_is_kept() -> None:
    """It is deposed and not cancelled: that address adopts it once its doubt is settled."""
    records = {B: recorded(want(B, "old"), "1", phase=RUN)}
    known = state(records, pending={"op-1": pending(want(A, "lost"))})
    wanted = desired(want(A, "old"), want(B, "new"))
    plan = planned(wanted, known, live(live_at(want(B, "old"), "1", RUN)))
    assert told(plan) == ["waiting jobs.a", "replace jobs.b"]
    assert plan.changes[1].depose


def test_two_addresses_of_one_spec() -> None:
    """Allowed, and said of each that is paid for."""
    plan = planned(desired(want(A), want(B)), state(), live(live_at(want(A), "1")))
    (finding,) = plan.of(Severity.WARNING)
    assert finding.address == B
    assert "the same run as jobs.a" in finding.what
