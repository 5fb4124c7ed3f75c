"""What a run costs, what a plan may cost, and what is not known."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.core.budget import over_budget
from reconciler.core.cost import (
    FREE,
    NO_BUDGET,
    Budget,
    Cost,
    Factor,
    Limit,
    Price,
    Terms,
    Total,
    Way,
    Work,
    base_of,
    epochs_of,
    estimate,
    total,
)
from reconciler.core.diff import view_of
from reconciler.core.earlier import Earlier
from reconciler.core.plan import Action, Change, Plan, Severity
from reconciler.core.pricing import declared, factors_of, spent_this_month
from reconciler.core.resource import Desired, Observed, Phase, Resource
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
)

MINI, ENCODING = "gpt-4.1-mini", "o200k_base"
PRICES = {MINI: Price(Decimal(5), "2026-11-01"), "o4": Price(None, note="billed by time")}
TERMS = Terms(PRICES, encodings={MINI: ENCODING})
TOKENS = {ENCODING: 1_000_000}
OWN, ESTIMATE = Way(ENCODING, is_own=True), Way("estimate", is_own=False)
PARTLY = OWN._replace(is_whole=False)
WORK = Work(MINI, TOKENS, rows=1000, epochs=2)
MONTH = 40 * 86_400


def usd(cost: Cost) -> tuple[str, str, bool]:
    """The least, the most, and whether that is exact."""
    return (
        str(cost.low and cost.low.normalize()),
        str(cost.high and cost.high.normalize()),
        cost.is_exact,
    )


@pytest.mark.parametrize(
    ("work", "factors", "cost"),
    [
        (WORK, {}, ("1E+1", "1E+1", True)),
        (replace(WORK, model="ft:gpt-4.1-mini:acme::x"), {}, ("1E+1", "1E+1", True)),
        (replace(WORK, is_whole=False), {}, ("1E+1", "1E+1", False)),
        (replace(WORK, tokens={"estimate": 10**6}), {}, ("1E+1", "1E+1", False)),
        (replace(WORK, epochs=None), {}, ("15", "15", False)),
        (replace(WORK, epochs=None, rows=10), {}, ("15", "5E+1", True)),
        (WORK, {OWN: Factor(Decimal("1.1"), 3)}, ("11", "11", False)),
        (replace(WORK, is_whole=False), {OWN: Factor(Decimal("1.1"), 3)}, ("1E+1", "1E+1", False)),
        (replace(WORK, is_whole=False), {PARTLY: Factor(Decimal("1.1"), 3)}, ("11", "11", False)),
        (WORK, {PARTLY: Factor(Decimal("1.1"), 3)}, ("1E+1", "1E+1", True)),
        (WORK, {ESTIMATE: Factor(Decimal("1.1"), 3)}, ("1E+1", "1E+1", True)),
    ],
)
def test_tokens_times_epochs_times_price(
    work: Work, factors: Mapping[Way, Factor], cost: tuple[str, str, bool]
) -> None:
    """It is exact only where the model's own tokenizer counted all that is billed."""
    assert usd(estimate(work, TERMS, factors)) == cost


@pytest.mark.parametrize(
    ("work", "why"),
    [
        (None, "not known"),
        (replace(WORK, model="llama"), "no price for llama is known"),
        (replace(WORK, model="o4"), "o4 is billed by time"),
        (replace(WORK, tokens={}), "its tokens were not counted"),
    ],
)
def test_what_is_not_known_is_no_zero(work: Work | None, why: str) -> None:
    """It has no number at all, and says why."""
    cost = estimate(work, TERMS, {})
    assert (cost.low, cost.high, cost.why, cost.is_free) == (None, None, why, False)


@pytest.mark.parametrize(
    ("rows", "epochs"),
    [
        (0, (3, 25)), (3, (3, 25)), (10, (3, 10)), (33, (3, 4)), (34, (3, 3)), (8_333, (3, 3)),
        (8_334, (2, 3)), (12_500, (2, 3)), (25_001, (1, 3)), (10**9, (1, 3)),
    ],
)  # fmt: skip
def test_epochs_are_those_of_the_published_rule(rows: int, epochs: tuple[int, int]) -> None:
    """Three, more for few examples and fewer for very many."""
    assert epochs_of(rows) == epochs


def test_the_sum_tells_what_it_lacks() -> None:
    """What is not known is counted beside it; one estimate makes all of it one."""
    costs = [estimate(WORK, TERMS, {}), estimate(None, TERMS, {}), FREE]
    assert total(costs) == Total(Decimal(10), Decimal(10), is_exact=True, known=2, unknown=1)
    assert not total([*costs, estimate(replace(WORK, is_whole=False), TERMS, {})]).is_exact


def test_the_base_of_a_fine_tune_is_in_its_name() -> None:
    """`ft:BASE:…`."""
    assert (base_of("ft:gpt-4o:acme::x"), base_of("gpt-4o")) == ("gpt-4o", "gpt-4o")


def job(tokens: Mapping[str, int] = TOKENS, **more: Any) -> Resource:
    """A declared run with a cost."""
    return want(A, **{"work": replace(WORK, tokens=tokens), **more})


def told(resource: Resource, id_: str = "1", epochs: Any = 2, **more: Any) -> Observed:
    """A run that has ended, or has not, as the API tells of it."""
    return live_at(resource, id_, body={"n_epochs": epochs, "model": MINI}, **more)


def wanting(*resources: Resource, budget: Budget = NO_BUDGET) -> Desired:
    """A manifest of these, on the terms of these tests."""
    return desired(*resources, terms=TERMS._replace(budget=budget))


def test_a_run_that_is_made_has_a_cost_and_one_that_is_adopted_has_none() -> None:
    """A file is never paid for."""
    plan = planned(wanting(job(), want(B), want(F)), state(), live(live_at(want(B))))
    costs = {change.address: change.cost for change in plan.changes}
    assert (usd(costs[A] or FREE), costs[B], costs[F]) == (("1E+1", "1E+1", True), FREE, None)
    assert plan.cost == Total(Decimal(10), Decimal(10), is_exact=True, known=2)


def test_what_waits_for_another_run_is_in_the_sum() -> None:
    """A yes to the plan is a yes to it, too."""
    child = want(B, refs={"model": A}, work=WORK)
    plan = planned(wanting(job(), child), state(), live())
    assert plan.cost.high == 20
    doubt = planned(wanting(job()), state(pending={"op-1": pending(job())}), live(date=NOW))
    assert doubt.cost.high == 10


@pytest.mark.parametrize(
    ("seen", "factor"),
    [
        (told(job(), facts={"trained_tokens": 2_200_000}), "1.10"),
        (told(job(), epochs="auto", facts={"trained_tokens": 2_200_000}), "1.10"),
        (told(job(), epochs=0, facts={"trained_tokens": 2_200_000}), "1.10"),
        (told(job(), facts={}), None),
        (told(job(), facts={"trained_tokens": "7"}), None),
        (told(job(), phase=Phase.IN_PROGRESS, facts={"trained_tokens": 2_200_000}), None),
        (told(want(A, "other"), facts={"trained_tokens": 2_200_000}), None),
        (told(job({ENCODING: 0}), facts={"trained_tokens": 2_200_000}), "1.10"),
        (told(job(), marker=None, facts={"trained_tokens": 2_200_000}), None),
    ],
)
def test_finished_runs_say_what_counting_is_off_by(seen: Observed, factor: str | None) -> None:
    """Those of ours whose data were counted and whose epochs are told."""
    found = factors_of(view_of(wanting(job()), state(), live(seen), KINDS))
    assert found == ({OWN: Factor(Decimal(factor), 1)} if factor else {})


def test_what_was_counted_when_it_was_made_counts() -> None:
    """The data may be others now; a damaged fact is none."""
    other = job(spec={"text": "new"})
    seen = told(job(), facts={"trained_tokens": 3_000_000})
    for facts, factor in (
        ({"tokens": {ENCODING: 1_000_000, "x": "y"}}, "1.50"),
        ({"tokens": 7}, ""),
    ):
        known = state({A: recorded(job(), "1", facts=facts)})
        found = factors_of(view_of(wanting(other), known, live(seen), KINDS))
        assert found == ({OWN: Factor(Decimal(factor), 1)} if factor else {})
    none = state({A: recorded(job(), "1", facts={"tokens": {ENCODING: 0}})})
    assert factors_of(view_of(wanting(other), none, live(seen), KINDS)) == {}


def test_a_run_says_nothing_of_how_other_models_read_its_data() -> None:
    """What two tokenizers count of one file is told apart, and so is a model that nobody knows."""
    both, listed = (
        {"cl100k_base": 1_700_000, ENCODING: 1_000_000},
        {MINI: ENCODING, "old": "cl100k_base"},
    )
    names = {A: "old-0125", B: f"ft:{MINI}-2025:acme::x", C: "llama"}
    wanted = desired(
        *(want(at, work=Work(name, both, rows=1_000, epochs=2)) for at, name in names.items()),
        terms=TERMS._replace(encodings=listed),
    )
    billed = live(
        live_at(wanted.resources[A], "1", facts={"trained_tokens": 3_400_000}),
        live_at(wanted.resources[B], "2", facts={"trained_tokens": 2_000_000}),
        live_at(wanted.resources[C], "3", facts={"trained_tokens": 5_100_000}),
    )
    assert factors_of(view_of(wanted, state(), billed, KINDS)) == {
        Way("cl100k_base", is_own=True): Factor(Decimal(1), 1),
        OWN: Factor(Decimal(1), 1),
        Way("cl100k_base", is_own=False): Factor(Decimal("1.50"), 1),
    }


@pytest.mark.parametrize("is_declared", [True, False])
def test_a_run_with_images_says_nothing_of_text(*, is_declared: bool) -> None:
    """What they are billed can only be guessed; that it was so is known when the data are gone."""
    pictured = job(work=replace(WORK, is_whole=False))
    facts = {"tokens": TOKENS} if is_declared else {"tokens": TOKENS, "uncounted": True}
    known = state({A: recorded(pictured, "1", facts=facts)})
    wanted = wanting(pictured if is_declared else job(spec={"text": "new"}))
    seen = live(told(pictured, facts={"trained_tokens": 500_000}))
    assert factors_of(view_of(wanted, known, seen, KINDS)) == {PARTLY: Factor(Decimal("0.25"), 1)}


def test_a_run_of_another_snapshot_is_read_as_its_model_is() -> None:
    """What it trained may be declared no more; then the API's name of its model tells."""
    body = {"n_epochs": 2, "model": f"{MINI}-2025-04-14"}
    seen = live_at(job(), "1", body=body, facts={"trained_tokens": 3_000_000})
    known = state({A: recorded(job(), "1", facts={"tokens": {"cl100k_base": 7, **TOKENS}})})
    found = factors_of(view_of(wanting(job(spec={"text": "new"})), known, live(seen), KINDS))
    assert found == {OWN: Factor(Decimal("1.50"), 1)}


def test_the_median_of_the_last_runs_counts() -> None:
    """One odd bill moves nothing, and neither does what is long ago."""
    billed = [2_000_000, 2_200_000, 9_000_000, 2_200_000, 2_200_000, 90_000_000, 90_000_000]
    seen = [
        told(job(), str(n), created_at=NOW - n, facts={"trained_tokens": tokens})
        for n, tokens in enumerate(billed)
    ]
    found = factors_of(view_of(wanting(job()), state(), live(*seen), KINDS))
    assert found == {OWN: Factor(Decimal("1.10"), 5)}


def test_the_estimate_of_a_run_is_corrected() -> None:
    """By what the run that it replaces was billed."""
    known = state({A: recorded(job(), "1", facts={"tokens": TOKENS})})
    seen = live(told(job(), facts={"trained_tokens": 2_200_000}))
    plan = planned(wanting(job(spec={"text": "new"})), known, seen)
    assert usd(plan.changes[0].cost or FREE) == ("11", "11", False)


@pytest.mark.parametrize(
    ("seen", "spent"),
    [
        (
            told(job(), facts={"trained_tokens": 3_000_000}),
            Total(Decimal(15), Decimal(15), known=1),
        ),
        (told(job(), phase=Phase.IN_PROGRESS), Total(Decimal(10), Decimal(10), known=1)),
        (told(job(), phase=Phase.FAILED), Total(known=1)),
        (told(want(A, "other"), phase=Phase.IN_PROGRESS), Total(unknown=1)),
        (
            told(want(A, "other"), epochs="auto", phase=Phase.FAILED, status="cancelled"),
            Total(unknown=1),
        ),
        (told(job(), created_at=NOW - MONTH, facts={"trained_tokens": 3_000_000}), Total()),
        (told(job(), marker=None, facts={"trained_tokens": 3_000_000}), Total()),
        (live_at(want(F)), Total()),
        (
            live_at(want(A, "other"), body={"model": 7}, facts={"trained_tokens": 3}),
            Total(unknown=1),
        ),
    ],
)
def test_a_month_is_what_live_runs_cost(seen: Observed, spent: Total) -> None:
    """What was billed, else what it will be; a failure is free, what nobody knows is told."""
    found = spent_this_month(view_of(wanting(job()), state(), live(seen), KINDS))
    assert found._replace(is_exact=True) == spent


def test_what_was_let_go_of_and_goes_on_is_counted() -> None:
    """As it was counted when it was made: nothing declares or records it any more."""
    facts = {"tokens": TOKENS, "rows": 1000}
    let_go = (Earlier(A, recorded(job(), "1", facts=facts)),)
    for epochs, usd_ in ((2, 10), ("auto", 15)):
        seen = live(told(job(), epochs=epochs, phase=Phase.IN_PROGRESS))
        found = spent_this_month(view_of(wanting(), state(earlier=let_go), seen, KINDS))
        assert (found.high, found.unknown) == (Decimal(usd_), 0)


def test_what_goes_on_at_an_unknown_cost_is_within_no_budget() -> None:
    """It is refused to pay beside it, by its id; what has ended is only told."""
    month = Budget(per_month=Limit(Decimal(20), "budget.per_month"))
    going = told(want(B, "gone"), "run-9", phase=Phase.IN_PROGRESS)
    plan = planned(wanting(job(), budget=month), state(), live(going))
    assert plan.unpriced == ("run-9",)
    assert [finding.what for finding in over_budget(plan, None)] == [
        "refused: what run-9 will cost is not known, and there is a budget"
    ]
    assert list(over_budget(plan, Decimal(20))) == []
    assert planned(wanting(job()), state(), live(going)).unpriced == ()
    ended = told(want(B, "gone"), "run-9", facts={"trained_tokens": 0})
    later = planned(wanting(job(), budget=month), state(), live(ended))
    assert (later.unpriced, later.spent and later.spent.unknown) == ((), 1)
    assert list(over_budget(later, None)) == []


def test_without_a_clock_all_runs_are_of_this_month() -> None:
    """An API that tells no time makes nothing cheaper."""
    seen = told(job(), created_at=NOW - MONTH, facts={"trained_tokens": 3_000_000})
    assert (
        spent_this_month(view_of(wanting(job()), state(), live(seen, date=None), KINDS)).high == 15
    )
    plan = planned(wanting(job(), budget=Budget(per_month=Limit(Decimal(20)))), state(), live(seen))
    assert plan.spent == Total()


def plan_of(*costs: Cost | None, budget: Budget = NO_BUDGET, spent: Total | None = None) -> Plan:
    """A plan of runs that cost this much."""
    changes = [
        Change(Action.CREATE, address, "new", cost=cost)
        for address, cost in zip((A, B), costs, strict=False)
    ]
    return Plan(tuple(changes), budget=budget, spent=spent)


TEN, UNKNOWN = estimate(WORK, TERMS, {}), estimate(None, TERMS, {})
UP_TO_50 = estimate(replace(WORK, epochs=None, rows=10), TERMS, {})


def limits(**usd: int) -> Budget:
    """A budget."""
    return Budget(**{name: Limit(Decimal(most), f"budget.{name}") for name, most in usd.items()})


@pytest.mark.parametrize(
    ("plan", "allowed", "spent", "refused"),
    [
        (plan_of(TEN, TEN), None, 0, []),
        (plan_of(TEN, TEN, budget=limits(per_job=10, per_apply=20)), None, 0, []),
        (plan_of(TEN, TEN, budget=limits(per_job=9)), None, 0, ["$10.00 for jobs.a", "$10.00 for"]),
        (plan_of(UP_TO_50, budget=limits(per_job=20)), None, 0, ["$50.00 for jobs.a is over"]),
        (plan_of(TEN, TEN, budget=limits(per_apply=19)), None, 0, ["$20.00 is over the"]),
        (plan_of(TEN, budget=limits(per_apply=19)), None, 10, ["$10.00 on top of $10.00 is over"]),
        (plan_of(TEN, budget=limits(per_month=19), spent=Total(high=Decimal(10))), None, 0,
         ["$10.00 on top of $10.00 is over the budget of $19 a month"]),
        (plan_of(TEN, budget=limits(per_month=19), spent=Total(unknown=3)), None, 0, []),
        (plan_of(TEN, budget=limits(per_month=19)), None, 0, []),
        (plan_of(UNKNOWN), None, 0, []),
        (plan_of(UNKNOWN, budget=limits(per_month=9)), None, 0, ["what jobs.a would cost"]),
        (plan_of(UNKNOWN, budget=limits(per_month=9)), 5, 0, []),
        (plan_of(TEN, TEN, budget=limits(per_job=1)), 20, 0, []),
        (plan_of(TEN, TEN), 19, 0, ["$20.00 is over the $19 that --allow-cost allows"]),
        (plan_of(TEN), 19, 10, ["$10.00 on top of $10.00 is over the $19 that"]),
        (plan_of(FREE, None, budget=limits(per_apply=0)), None, 99, []),
    ],
)  # fmt: skip
def test_the_most_that_it_may_cost_is_held_against_the_budget(
    plan: Plan, allowed: int | None, spent: int, refused: list[str]
) -> None:
    """Each limit that would be passed is a refusal; what a person allows stands over all."""
    leave = None if allowed is None else Decimal(allowed)
    found = list(over_budget(plan, leave, Decimal(spent)))
    assert [
        finding.what.removeprefix("refused: ")[: len(want_)]
        for finding, want_ in zip(found, refused, strict=True)
    ] == refused
    assert all(f.severity is Severity.REFUSED and f.where and f.why and f.cure for f in found)


def test_what_was_counted_stays_as_it_was() -> None:
    """Another machine counts in another way, and the state does not go to and fro."""
    now = job(facts={"tokens": {"estimate": 9}})
    known = state({A: recorded(now, "1", facts={"tokens": TOKENS})})
    assert planned(wanting(now), known, live(live_at(now, "1", status="ready"))).refreshes == ()


def test_declared_runs_are_priced_as_if_they_were_made_now() -> None:
    """Beside it stands what the last one was billed, where that is known."""
    seen = live(told(job(), "1", facts={"trained_tokens": 3_000_000}), live_at(want(B), "2"))
    known = state({A: recorded(job(), "1"), B: recorded(want(B), "2")})
    one, other = declared(view_of(wanting(job(), want(B), want(F)), known, seen, KINDS))
    assert (one.resource.address, other.resource.address) == (A, B)
    assert usd(one.cost) == ("15", "15", False)
    assert usd(one.billed or FREE) == ("15", "15", True)
    assert (other.cost.why, other.billed) == ("not known", None)
