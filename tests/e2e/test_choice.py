"""An alias that chooses by losses: one run of several, one saved model of a run."""

import json
from typing import Any

import pytest

from tests.support.cli import MODEL, Project, Sandbox, dataset

PROD = "models.prod"
CHOICE = {"candidates": "sweep", "select": "best(valid_loss)"}
SWEPT = {
    "model": MODEL,
    "training_file": "train",
    "validation_file": "valid",
    "matrix": {"n_epochs": [1, 2, 3]},
}


def sweeps(demo: Project, **alias: Any) -> None:
    """A sweep of three jobs, and an alias that chooses."""
    demo.write("data/valid.jsonl", dataset(10, "parcel"))
    files = {name: {"path": f"data/{name}.jsonl"} for name in ("train", "valid")}
    demo.save(files=files, jobs={"sweep": SWEPT}, models={"prod": {**CHOICE, **alias}})


def test_the_best_of_a_sweep_is_promoted(served: Project, box: Sandbox) -> None:
    """Once all have ended; a plan with nothing to do asks for no loss again."""
    sweeps(served)
    waits = "waiting  promote the lowest valid_loss of 3 after all have ended: 3 new"
    assert waits in served.run("plan").ended(0).out
    said = served.run("apply", "--yes", "--wait").ended(0)
    (line,) = [line for line in said.err.splitlines() if "promoted" in line]
    results = served.run("status", "jobs.sweep", "--json").ended(0).json["results"]
    finals = {one["address"]: one["final"]["valid_loss"] for one in results}
    best = min(finals, key=lambda address: finals[address])
    assert f"lowest valid_loss of 3: {finals[best]:.3f}, {best}" in line
    assert served.state["aliases"][PROD]["job"] == best
    before = box.requests()
    assert "1 model in sync" in served.run("plan").ended(0).out
    asked = {route: n - before.get(route, 0) for route, n in box.requests().items()}
    assert {route for route, n in asked.items() if n} == {
        "GET /v1/files",
        "GET /v1/fine_tuning/jobs",
        "GET /v1/models",
    }


def test_the_checkpoint_of_the_lowest_loss_is_promoted(demo: Project) -> None:
    """It may be an earlier one, and `show` and `graph` know what it is chosen from."""
    sweeps(demo, checkpoint="best(full_valid_loss)")
    demo.run("apply", "--yes", "--wait").ended(0)
    assert ":ckpt-step-" in demo.state["aliases"][PROD]["model"]
    shown = demo.run("show", PROD, "--json").ended(0).json
    assert shown["desired"]["candidates"] == ["sweep"]
    assert demo.run("graph").ended(0).out.count("-->|candidates|") == 3
    told = demo.run("show", "jobs.sweep[n_epochs=1]", "--json").ended(0).json["recorded"]
    assert json.dumps(told).count("valid_loss") >= 2
    assert "nothing to do" in demo.run("plan", "--offline").ended(0).out


@pytest.mark.parametrize(
    ("alias", "says"),
    [
        ({"job": "sweep"}, "it is a matrix; candidates: sweep chooses one of its models"),
        ({"candidates": "sweep"}, "needs candidates and select together"),
        ({**CHOICE, "job": "sweep"}, "has a job, and candidates"),
        ({**CHOICE, "candidates": ["swep"]}, 'models.prod names no entry of jobs: "swep"'),
        ({**CHOICE, "candidates": []}, "models.prod.candidates"),
        ({**CHOICE, "select": "best(loss)"}, "models.prod.select"),
        ({"candidates": ["bot", "sweep"], "select": "best(valid_loss)"}, "jobs.bot does not meas"),
        (
            {"job": "bot", "checkpoint": "best(full_valid_loss)"},
            "add a validation_file to jobs.bot",
        ),
    ],
)
def test_a_choice_that_cannot_be_made_is_said_with_its_place(
    demo: Project, alias: dict[str, Any], says: str
) -> None:
    """Before anything is paid for."""
    sweeps(demo)
    bot = {"model": MODEL, "training_file": "train", "seed": 7}
    demo.save(jobs={"sweep": SWEPT, "bot": bot}, models={"prod": alias})
    said = demo.run("validate").ended(65)
    assert said.all.startswith("reconciler.yaml:")
    assert says in said.all
