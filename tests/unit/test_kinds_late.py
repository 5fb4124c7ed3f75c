"""What few manifests use is imported by those alone, and is as strict as the rest."""

import subprocess
import sys

import pytest
from pydantic import ValidationError

from reconciler.kinds.job_spec import JobSpec
from reconciler.kinds.model_spec import ModelSpec
from reconciler.manifest.schema import known_keys


def test_a_grader_is_imported_by_a_manifest_that_has_one() -> None:
    """A plan without any is the faster for it."""
    program = """
import sys
from reconciler.kinds.job_spec import JobSpec
is_there = lambda: "reconciler.kinds.spec.graders" in sys.modules
job = {"model": "m", "training_file": "t", "validation_file": "v"}
JobSpec.read(job | {"method": {"type": "supervised"}})
print(is_there())
grader = {"type": "python", "name": "exact", "source": "def grade(a, b): return 1"}
method = {"type": "reinforcement", "reinforcement": {"grader": grader}}
JobSpec.read(job | {"method": method})
print(is_there())
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "True"]


def test_a_mistake_in_it_stands_at_its_key() -> None:
    """As deep as it is, and in the words of the grader's own model."""
    grader = {"type": "python", "name": "exact"}
    method = {"type": "reinforcement", "reinforcement": {"grader": grader}}
    job = {"model": "m", "training_file": "t", "validation_file": "v", "method": method}
    with pytest.raises(ValidationError) as refused:
        JobSpec.read(job)
    (mistake,) = refused.value.errors()
    assert (mistake["type"], mistake["loc"][-1]) == ("missing", "source")
    assert [*map(str, mistake["loc"])].index("grader") > mistake["loc"].index("method")


def test_its_keys_are_known() -> None:
    """A misspelt one can be guessed."""
    path = ("method", "reinforcement", "grader")
    assert {"source", "evaluation_metric"} <= {*known_keys((JobSpec,), path)}
    assert {"messages", "no_regression"} <= {*known_keys((ModelSpec,), ("checks", 0))}
