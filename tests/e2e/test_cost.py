"""Counted and priced before a cent is spent, and held against the budget before it is sent."""

import json
import re
from typing import Any
from unittest.mock import patch

import pytest

from tests.support.cli import MODEL, Project, Sandbox

DPO = {
    "input": {"messages": [{"role": "user", "content": "Where is parcel NUMBER?"}]},
    "preferred_output": [{"role": "assistant", "content": "Parcel NUMBER is at the depot."}],
    "non_preferred_output": [{"role": "assistant", "content": "No idea, ask someone else."}],
}
TOOL = {"type": "function", "function": {"name": "track", "parameters": {"type": "object"}}}
CALL = {
    "id": "c1",
    "type": "function",
    "function": {"name": "track", "arguments": '{"id": NUMBER}'},
}
CHAT = {
    "messages": [
        {"role": "system", "content": "You answer for a shop, in one friendly sentence."},
        {"role": "user", "content": "Wo ist meine Bestellung NUMBER? Ich warte seit 3 Wochen!"},
        {
            "role": "assistant",
            "content": "Order NUMBER left on 2026-11-0NUMBER, it comes tomorrow.",
        },
    ]
}
CALLS = {
    "messages": [
        {"role": "user", "content": "Track order NUMBER, please."},
        {"role": "assistant", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "c1", "content": "on its way"},
        {"role": "assistant", "content": "It is on its way to you."},
    ],
    "tools": [TOOL],
}
COMPLETION = {"prompt": "Order number NUMBER is", "completion": " on its way to the customer."}
METHOD: dict[str, Any] = {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 2}}}

IMAGE = {"url": f"data:image/png;base64,iVBORw0KGgoAAAAN{'A' * 4_000}"}
IMAGES = {
    "messages": [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Which is order NUMBER?"},
                {"type": "image_url", "image_url": IMAGE},
                {"type": "image_url", "image_url": IMAGE | {"detail": "low"}},
            ],
        },
        {"role": "assistant", "content": "The blue one."},
    ]
}

CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "chat": (CHAT, {"method": METHOD}),
    "auto": (CHAT, {}),
    "tools": (CALLS, {"method": METHOD}),
    "images": (IMAGES, {"method": METHOD}),
    "dpo": (DPO, {"method": {"type": "dpo", "dpo": {"hyperparameters": {"n_epochs": 3}}}}),
    "completion": (COMPLETION, {"model": "babbage-002", "method": METHOD}),
}
"""What is trained on, and how."""

TRAIN = {"path": "data/train.jsonl"}
JOB = {"model": MODEL, "training_file": "train", "method": METHOD}

ENDED = ("apply", "--yes", "--wait")


def rows(example: dict[str, Any], number: int = 40) -> str:
    """Examples that differ by a number."""
    text = json.dumps(example, ensure_ascii=False)
    return "".join(text.replace("NUMBER", str(n)) + "\n" for n in range(number))


def costs(project: Project) -> dict[str, Any]:
    """What `plan --json` says of money, by address."""
    plan = project.run("plan", "--json").json
    return {change["address"]: change["cost"] for change in plan["changes"]} | {"all": plan["cost"]}


@pytest.mark.parametrize("count", ["exact", "estimate"])
@pytest.mark.parametrize("case", CASES)
def test_an_estimate_is_within_5_percent_of_what_is_billed(
    demo: Project, case: str, count: str
) -> None:
    """The simulator counts by itself, with a measure of its own."""
    example, job = CASES[case]
    demo.environ["RECONCILER_TOKENS"] = count
    demo.write("data/train.jsonl", rows(example))
    demo.save(jobs={"bot": {"model": MODEL, "training_file": "train", **job}})
    told = costs(demo)["jobs.bot"]
    least, most = (told["basis"]["tokens"] * n for n in told["basis"]["epochs"])
    assert told["basis"]["is_counted"] is (count == "exact" and case not in ("tools", "images"))
    demo.run(*ENDED).ended(0)
    billed = demo.record("jobs.bot")["facts"]["trained_tokens"]
    assert least * 0.95 <= billed <= most * 1.05
    usd = told["basis"]["usd_per_million"] * billed / 1e6
    assert told["low"] * 0.95 - 1e-4 <= usd <= told["high"] * 1.05 + 1e-4


@pytest.mark.parametrize("more", [{}, {"purpose": "user_data"}])
def test_a_file_that_two_entries_name_costs_what_it_costs(
    demo: Project, more: dict[str, str]
) -> None:
    """Whatever else reads it: each job has the count of its own model."""
    jobs = {
        name: {"model": model, "training_file": "train", "method": METHOD}
        for name, model in (("bot", MODEL), ("old", "gpt-3.5-turbo-0125"))
    }
    demo.environ["RECONCILER_TOKENS"] = "exact"
    demo.write("data/train.jsonl", rows(CHAT))
    demo.save(jobs=jobs)
    alone = costs(demo)
    assert alone["jobs.bot"]["basis"]["tokens"] < alone["jobs.old"]["basis"]["tokens"]
    demo.save(files={"train": TRAIN, "other": TRAIN | more})
    assert costs(demo) == alone | {"files.other": None}


def test_finished_jobs_correct_the_next_estimate(demo: Project, box: Sandbox) -> None:
    """What the last job was billed against what was counted for it is said, and used."""
    demo.save(jobs={"bot": {"model": MODEL, "training_file": "train", "method": METHOD}})
    demo.run(*ENDED).ended(0)
    state = demo.state
    facts = state["records"]["jobs.bot"]["facts"]
    counted = facts["tokens"]["estimate"]
    assert facts["trained_tokens"] == pytest.approx(2 * counted, rel=0.05)


def over(demo: Project, **budget: float) -> Project:
    """The project with a budget."""
    demo.save(budget=budget)
    return demo


@pytest.mark.parametrize("budget", ["per_job", "per_apply", "per_month"])
@pytest.mark.parametrize("words", [("plan",), ENDED])
def test_over_the_budget_nothing_is_sent(
    served: Project, box: Sandbox, budget: str, words: tuple[str, ...]
) -> None:
    """The plan is still shown; then why it is refused, where that is written, and what to do."""
    over(served, **{budget: 0.001}).save(prices={MODEL: 5})
    said = served.run(*words).ended(3)
    assert "Plan: 2 to create" in said.out
    assert "error: refused: $0.01 " in said.err
    assert f"where: budget.{budget}, reconciler.yaml:" in said.err
    assert "--allow-cost 1" in said.err
    assert box.writes() == 0
    served.run(*ENDED, "--allow-cost", "1").ended(0)


def test_an_unknown_price_is_within_no_budget(served: Project, box: Sandbox) -> None:
    """At an endpoint whose prices nobody knows, the manifest gives them."""
    said = over(served, per_apply=50).run(*ENDED).ended(3)
    assert f"why:   no price for {MODEL} is known" in said.err
    assert box.writes() == 0
    served.save(prices={MODEL: 2.5})
    said = served.run(*ENDED).ended(0)
    assert "epochs (auto) × $2.50/M (the manifest's price)" in said.out
    assert "budget    $0.01 of $50 an apply" in said.out


def test_the_month_is_counted_from_live_jobs_after_the_state_was_lost(served: Project) -> None:
    """A ledger would have died with the state."""
    served.save(prices={MODEL: 5}, budget={"per_month": 0.03})
    served.run(*ENDED).ended(0)
    served.lose_state()
    served.write("data/train.jsonl", rows(CHAT))
    said = served.run(*ENDED, "--settle", "0").ended(3)
    assert " is over the budget of $0.03 a month" in said.err


def test_a_job_that_was_let_go_of_is_of_the_month(served: Project, slow: Sandbox) -> None:
    """It runs on and is billed, though nothing declares or records it any more."""
    slow.serves(served)
    bot = served.manifest["jobs"]["bot"] | {"method": METHOD}
    served.save(prices={MODEL: 50}, jobs={"bot": bot}, budget={"per_month": 0.05})
    served.run("apply", "--yes").ended(0)
    served.save(jobs={}, removed=[{"address": "jobs.bot", "keep": True}])
    served.run("apply", "--yes").ended(0)
    served.save(jobs={"more": bot | {"seed": 8}})
    said = served.run("apply", "--yes").ended(3)
    assert "refused: $0.03 on top of $0.03 is over the budget of $0.05 a month" in said.err
    served.lose_state()
    said = served.run("apply", "--yes", "--settle", "0").ended(3)
    (running,) = slow.made("jobs")
    assert f"what {running['id']} will cost is not known, and there is a budget" in said.err
    served.run("apply", "--yes", "--settle", "0", "--allow-cost", "1").ended(0)


def test_a_budget_holds_over_all_rounds(served: Project, box: Sandbox) -> None:
    """What waits for another job is in the sum from the first."""
    jobs = {
        "base": {"model": MODEL, "training_file": "train", "method": METHOD},
        "more": {"model": "jobs.base", "training_file": "train", "method": METHOD},
    }
    served.save(prices={MODEL: 50}, jobs=jobs, budget={"per_apply": 0.04})
    said = served.run(*ENDED).ended(3)
    assert "why:   jobs.base for $0.03, jobs.more for $0.03" in said.err
    assert box.writes() == 0
    served.save(budget={"per_apply": 0.06})
    served.run(*ENDED).ended(0)


def test_an_amount_is_an_amount(demo: Project) -> None:
    """A misspelt one is a usage error."""
    assert "write 64 or 64.50" in demo.run("plan", "--allow-cost", "much").ended(64).err


def test_a_wrong_way_to_count_is_told(demo: Project) -> None:
    """Exact or estimate."""
    said = demo.run("plan", RECONCILER_TOKENS="roughly").ended(64)
    assert "RECONCILER_TOKENS says neither exact nor estimate" in said.err


def test_declared_jobs_are_priced_without_a_network(served: Project, box: Sandbox) -> None:
    """Each as if it were trained now; beside it what it was billed, and where prices are from."""
    jobs = {
        "bot": {"model": MODEL, "training_file": "train", "method": METHOD},
        "odd": {"model": "llama", "training_file": "train", "method": METHOD},
    }
    served.save(prices={MODEL: 50}, jobs=jobs, budget={"per_job": 20, "per_month": 9.5})
    before = box.requests()
    said = served.run("cost").ended(0)
    assert "ADDRESS   MODEL                    TOKENS  EPOCHS  COST" in said.out
    assert " ".join(said.out.splitlines()[2].split()) == f"jobs.bot {MODEL} ≈ 252 2 ≈ $0.03 –"
    assert "2 jobs, if all were trained now: ≈ $0.03 and 1 of unknown price\n" in said.out
    assert "budget  $20 a job, $9.50 a month\n" in said.out
    assert "note: no price for llama is known; the manifest may" in said.err
    assert box.requests() == before
    served.save(jobs={"bot": jobs["bot"]})
    served.run(*ENDED).ended(0)
    priced = served.run("cost", "--json").ended(0).json
    assert priced["jobs"][0]["last_billed"]["is_exact"]
    assert priced["jobs"][0]["last_billed"]["high"] == pytest.approx(0.025, rel=0.05)


def test_prices_of_the_package_name_their_source(demo: Project) -> None:
    """With the day of which they are known."""
    said = demo.run("cost").ended(0)
    assert "  prices of 2026-05-07  https://developers.openai.com/api/docs/pricing\n" in said.out
    assert "(simulated)" in said.out


def test_a_lost_reply_is_not_counted_twice(served: Project, box: Sandbox) -> None:
    """What is in doubt is in the plan already, so the budget still has room for it."""
    served.save(prices={MODEL: 500}, budget={"per_apply": 1.5})
    box.fault("cut_after", method="POST", path="/v1/fine_tuning/jobs", times=1)
    box.fault("lag", path="/v1/fine_tuning/jobs", seconds=1)
    with patch("reconciler.cli.verbs.converge.SETTLE_POLL", 0.2):
        served.run(*ENDED, "--settle", "60").ended(0)
    assert len(box.made("jobs")) == 1


def test_the_end_tells_what_was_paid(served: Project) -> None:
    """Committed while it runs; once it has ended what the API billed it for, as JSON, too."""
    served.save(prices={MODEL: 50}, jobs={"bot": JOB})
    said = served.run("apply", "--yes").ended(0)
    assert "\nApply: 2 done, 1 running · ≈ $0.03 committed\n" in said.out
    job = served.record("jobs.bot")["id"]
    assert f" jobs.bot     created {job}, ≈ $0.03\n" in said.err
    assert " (1.6 KB, " in said.err
    served.save(jobs={"bot": JOB | {"seed": 8}})
    said = served.run("apply", "--yes", "--wait").ended(0)
    assert re.search(
        r"^Apply: 1 done in .+ · \$0\.0[23] \(\d{3} trained tokens\)$", said.out, re.MULTILINE
    )
    served.save(jobs={"bot": JOB | {"seed": 9}})
    paid = served.run("apply", "--yes", "--wait", "--json").ended(0).lines[-1]["paid"]
    assert paid["trained_tokens"] == pytest.approx(504, rel=0.05)
    assert paid["billed"]["high"] == pytest.approx(0.025, rel=0.05)
    assert paid["committed"]["high"] == paid["unsettled"]["high"] == 0
