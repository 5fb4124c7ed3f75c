"""The story of `examples/promotion`: from a sweep to the model in use, and back."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Project, Said

EXAMPLE = Path(__file__).parents[2] / "examples/promotion"
PROD = "models.triage-prod"


@pytest.fixture
def triage(tmp_path: Path) -> Project:
    """The example on a disk of its own."""
    made = Project(tmp_path / "triage")
    made.root.mkdir()
    shutil.copy(EXAMPLE / "reconciler.yaml", made.root)
    shutil.copytree(EXAMPLE / "data", made.root / "data")
    return made


def apply(triage: Project, code: int = 0) -> Said:
    """Everything that is to do."""
    return triage.run("apply", "--yes", "--wait").ended(code)


def in_use(triage: Project) -> str:
    """What applications read."""
    models: dict[str, str] = json.loads(triage.read("models.json"))
    return models["triage-prod"]


def alias(triage: Project) -> dict[str, Any]:
    """What the state knows of the name."""
    found: dict[str, Any] = json.loads(triage.read("state/triage.json"))["aliases"][PROD]
    return found


def reseed(triage: Project, seed: int) -> None:
    """Four other jobs on the same data."""
    text = triage.read("reconciler.yaml")
    triage.write("reconciler.yaml", text.replace(f"seed: {seed - 1}", f"seed: {seed}"))


def promoted(triage: Project) -> str:
    """The best of four, checked and published."""
    said = apply(triage)
    results = triage.run("status", "jobs.sweep", "--json").ended(0).json["results"]
    assert len(results) == 4
    best = min(results, key=lambda one: one["final"]["valid_loss"])
    assert (
        f"lowest valid_loss of 4: {best['final']['valid_loss']:.3f}, {best['address']}" in said.err
    )
    assert "2 of 2 checks passed" in said.err
    assert in_use(triage) == best["fine_tuned_model"] == alias(triage)["model"]
    return in_use(triage)


def test_a_bad_dataset_does_not_go_live(triage: Project) -> None:
    """It trains, its check fails, the exit code says so; put right, the first models are found."""
    first, right = promoted(triage), triage.read("data/messages.jsonl")
    triage.write("data/messages.jsonl", triage.read("data/slipped.jsonl"))
    said = apply(triage, 1)
    assert f"{PROD} stays at {first}: 1 of 2 checks failed" in said.err
    assert "why:   case 1: contains" in said.err
    assert "1 of 2 checks failed" in triage.run("status").ended(1).err
    assert in_use(triage) == first
    triage.write("data/messages.jsonl", right)
    assert "4 to adopt" in apply(triage).out
    assert in_use(triage) == first


def test_a_rollback_stays_and_what_is_too_old_goes(triage: Project) -> None:
    """Back without training, over the next apply; then forward, until the oldest is deleted."""
    first = promoted(triage)
    reseed(triage, 8)
    second = promoted(triage)
    triage.run("rollback", PROD).ended(0)
    apply(triage)
    assert in_use(triage) == first
    assert "nothing to do" in triage.run("plan").ended(0).out
    apply(triage)
    assert in_use(triage) == first
    triage.run("rollback", PROD, "--unpin").ended(0)
    apply(triage)
    assert in_use(triage) == second
    reseed(triage, 9)
    third = promoted(triage)
    apply(triage)
    models = {one["id"] for one in triage.run("models", "--json").ended(0).json}
    assert [model in models for model in (first, second, third)] == [False, True, True]
    assert len({first, second, third}) == 3


def test_a_lost_state_finds_the_model_in_use(triage: Project) -> None:
    """From what applications read; nothing is trained, promoted or asked."""
    first = promoted(triage)
    for path in (triage.root / "state").glob("triage.*"):
        path.unlink()
    said = apply(triage)
    assert f"{PROD} points at {first}: models.json says so" in said.err
    assert "promote" not in said.out
    assert alias(triage)["model"] == in_use(triage) == first
