"""The model at the root of each job: found in time that does not grow with a chain's square."""

from pathlib import Path

import pytest

from reconciler.cli.verbs.counting import base_models
from reconciler.core.address import Address
from reconciler.kinds import BY_NAME
from reconciler.kinds.job_spec import JobSpec
from reconciler.manifest import Manifest, load

SPECS = {name: kind.spec for name, kind in BY_NAME.items()}
BASE = "gpt-4.1-mini-2025-04-14"


def chained(path: Path, *models: str) -> Manifest:
    """A manifest of jobs `j0`, `j1`, … that start from these models."""
    text = "project: demo\nfiles: {t: {path: t.jsonl}}\njobs:\n"
    jobs = (f"  j{n}: {{model: {model}, training_file: t}}\n" for n, model in enumerate(models))
    path.write_text(text + "".join(jobs))
    return load(path, SPECS)


def test_a_long_chain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each job is asked twice at the most what it starts from, whatever the order is."""
    asked, plain = [], JobSpec.references

    def references(spec: JobSpec) -> dict[str, Address]:
        asked.append(spec)
        return plain.__get__(spec, JobSpec)  # type: ignore[no-any-return]  # a descriptor may give anything

    below = [f"jobs.j{n + 1}" for n in range(100)]
    above = [f"jobs.j{n}" for n in range(100, 200)]
    manifest = chained(tmp_path / "reconciler.yaml", *below, BASE, *above)
    monkeypatch.setattr(JobSpec, "references", property(references))
    assert base_models(manifest) == dict.fromkeys((f"j{n}" for n in range(201)), BASE)
    assert len(asked) <= 2 * 201


def test_a_chain_without_a_root(tmp_path: Path) -> None:
    """A circle, and a job that is not declared, end it; both are reported elsewhere."""
    models = ("jobs.j1", "jobs.j0", "jobs.j0", "jobs.none", BASE)
    found = base_models(chained(tmp_path / "reconciler.yaml", *models))
    assert sorted(found) == ["j0", "j1", "j2", "j3", "j4"]
    assert (found["j3"], found["j4"]) == ("jobs.none", BASE)
