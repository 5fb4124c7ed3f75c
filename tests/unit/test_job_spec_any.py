"""Any valid entry of `jobs`: read from YAML, dumped and read again, it stays what it is."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings

from reconciler.core.address import Address
from reconciler.kinds.file import FileSpec
from reconciler.kinds.job_spec import JobSpec
from reconciler.manifest import load
from tests.support import job_specs


def read(entry: dict[str, Any]) -> JobSpec:
    """The entry through a manifest file: JSON is YAML."""
    text = json.dumps({"project": "x", "jobs": {"bot": entry}}, ensure_ascii=False)
    with TemporaryDirectory() as folder:
        path = Path(folder, "reconciler.yaml")
        path.write_text(text, encoding="utf-8")
        spec = load(path, {"files": FileSpec, "jobs": JobSpec}).entries["jobs"]["bot"]
    assert isinstance(spec, JobSpec)
    return spec


@given(job_specs.ANY)
@settings(derandomize=True)
def test_any_spec_survives_its_own_dump(entry: dict[str, Any]) -> None:
    """What is dumped without the unset fields is the same spec, also by way of JSON."""
    spec = JobSpec.read(entry)
    dumped = spec.plain()
    assert JobSpec.read(dumped) == spec
    assert JobSpec.read(json.loads(json.dumps(dumped))) == spec


@given(job_specs.ANY)
@settings(derandomize=True)
def test_any_spec_reads_from_a_manifest(entry: dict[str, Any]) -> None:
    """The manifest's reader and the model agree on every value."""
    assert read(entry) == JobSpec.read(entry)


@given(job_specs.ANY)
@settings(derandomize=True)
def test_what_is_written_is_what_is_dumped(entry: dict[str, Any]) -> None:
    """Nothing is added but the defaults of our own fields, and nothing is lost."""
    dumped = json.loads(json.dumps(JobSpec.read(entry).plain()))
    ours = {"generation", "retry", "paused", "protect"}
    written = {key: value for key, value in entry.items() if key not in ours}
    assert {key: value for key, value in dumped.items() if key not in ours} == written


@pytest.mark.parametrize("method", job_specs.METHODS)
def test_epochs_are_those_of_the_method(method: str) -> None:
    """Whichever the method, `epochs` is its `n_epochs`; None where it is unset."""
    spec = {"model": "m", "training_file": "t", "validation_file": "v"}
    grader = {"type": "python", "name": "g", "source": "pass"}
    needed = {"grader": grader} if method == "reinforcement" else {}
    said = {**needed, "hyperparameters": {"n_epochs": 3}}
    for under, epochs in ((said, 3), (needed, None)):
        chosen = {"type": method, method: under}
        assert JobSpec.read({**spec, "method": chosen}).epochs == epochs
    assert JobSpec.read(spec).epochs is None


def test_the_base_may_be_a_job() -> None:
    """`jobs.NAME` is the model of another job; anything else is an id of the endpoint."""
    for model, base in (("jobs.base", "base"), ("ft:m:org::1", None), ("models.v2/x", None)):
        spec = JobSpec.read({"training_file": "t", "model": model})
        assert spec.references.get("model") == (base and Address("jobs", base))
