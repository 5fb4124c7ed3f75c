"""A sweep: priced in all before it starts, its results side by side when it is over."""

import pytest

from tests.support.cli import MODEL, Project, Sandbox, dataset

JOB = {"model": MODEL, "training_file": "train"}
FIRST, SECOND = "jobs.sweep[n_epochs=1]", "jobs.sweep[n_epochs=3]"


@pytest.fixture
def sweep(served: Project) -> Project:
    """Two jobs of one matrix, and one beside them."""
    served.write("data/valid.jsonl", dataset(12, "parcel"))
    files = {name: {"path": f"data/{name}.jsonl"} for name in ("train", "valid")}
    matrix = {**JOB, "validation_file": "valid", "matrix": {"n_epochs": [1, 3]}}
    jobs = {"sweep": matrix, "other": {**JOB, "seed": 9}}
    served.save(files=files, jobs=jobs, prices={MODEL: 5000})
    return served


def test_the_results_of_a_sweep_are_compared(sweep: Project, box: Sandbox) -> None:
    """Two requests a job; the lowest loss comes first and is named."""
    said = sweep.run("apply", "--yes", "--wait").ended(0)
    assert "\n  jobs.sweep              2 jobs: ≈ $" in said.out
    before = box.requests()
    said = sweep.run("status", "jobs.sweep").ended(0)
    head, first, second = said.out.split("\n\n")[1].splitlines()
    assert head.split("  ")[1:2] == ["RESULT"]
    assert [row.split()[0] for row in (first, second)] == [SECOND, FIRST]
    assert f"\nlowest full_valid_loss: {SECOND}\n2 jobs: 2 succeeded\n" in said.out
    assert "jobs.other" not in said.out
    asked = {route: n - before.get(route, 0) for route, n in box.requests().items()}
    assert asked["GET /v1/fine_tuning/jobs/{id}/checkpoints"] == 2
    assert asked["GET /v1/files/{id}/content"] == 2


def test_results_as_json(sweep: Project, box: Sandbox) -> None:
    """Every figure, and the saved model of the lowest loss."""
    sweep.run("apply", "--yes", "--wait").ended(0)
    said = sweep.run("status", "jobs.sweep", "--json").ended(0).json
    best, other = said["results"]
    assert [best["address"], other["address"]] == [SECOND, FIRST]
    assert best["final"]["valid_loss"] < other["final"]["valid_loss"]
    assert best["best"]["full_valid_loss"] == {"loss": best["final"]["full_valid_loss"], "step": 36}
    assert best["best_checkpoint"] == f"{best['fine_tuned_model']}:ckpt-step-36"
    assert best["billed"]["high"] > other["billed"]["high"] > 0
    assert "results" not in sweep.run("status", "--json").ended(0).json


def test_the_next_step_after_a_sweep_compares_it(sweep: Project) -> None:
    """After one job it is to ask its model."""
    assert "next: reconciler status jobs.sweep" in sweep.run("apply", "--yes", "--wait").err


def test_what_cannot_be_read_is_not_known(sweep: Project, box: Sandbox) -> None:
    """A result file that is refused costs its figures, not the command."""
    sweep.run("apply", "--yes", "--wait").ended(0)
    box.fault("denied", path="/v1/files/*/content")
    box.fault("denied", path="/v1/fine_tuning/jobs/*/checkpoints")
    said = sweep.run("status", FIRST).ended(0)
    (row,) = (line for line in said.out.splitlines() if line.startswith(f"  {FIRST}  –"))
    assert row.split()[1:5] == ["–", "–", "–", "$1.26"]
    assert "lowest" not in said.out
    assert "MODEL" in said.out


def test_a_typo_is_told(sweep: Project) -> None:
    """With a guess."""
    said = sweep.run("status", "jobs.swep").ended(64)
    assert said.error["cure"] == "did you mean jobs.sweep?"
