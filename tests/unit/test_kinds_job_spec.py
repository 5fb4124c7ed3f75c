"""What of a job's entry decides its fingerprint."""

from typing import Any

import pytest

from reconciler.core.address import Address
from reconciler.core.resource import Resource
from reconciler.kinds.job import JobKind
from reconciler.kinds.job_spec import JobSpec

TRAIN = Address("files", "train")
KNOWN = {TRAIN: Resource(TRAIN, {"sha256": "0" * 64}, "v1:x")}


def resolved(**fields: Any) -> Resource:
    """A job with these fields."""
    spec = JobSpec.model_validate({"model": "base", "training_file": "train", **fields})
    return JobKind().resolve(Address("jobs", "bot"), spec, {}, KNOWN)


def supervised(**hyperparameters: Any) -> dict[str, Any]:
    """A supervised method with these hyperparameters."""
    return {"type": "supervised", "supervised": {"hyperparameters": hyperparameters}}


@pytest.mark.parametrize(
    "method",
    [
        {"type": "supervised"},
        {"type": "supervised", "supervised": {}},
        supervised(),
        supervised(n_epochs="auto"),
        supervised(n_epochs="auto", batch_size="auto"),
    ],
)
def test_a_default_written_out_is_the_same_job(method: dict[str, Any]) -> None:
    """The server does with an unset field what it does with `auto`: nothing is paid for again."""
    assert resolved(method=method).fingerprint == resolved().fingerprint


def test_a_number_is_another_job() -> None:
    """What is set decides, beside what is not."""
    some = resolved(method=supervised(n_epochs=3, batch_size="auto"))
    assert some.fingerprint == resolved(method=supervised(n_epochs=3)).fingerprint
    assert some.fingerprint != resolved().fingerprint


def test_another_method_is_another_job() -> None:
    """The method alone decides, even without settings."""
    assert resolved(method={"type": "dpo"}).spec["method"] == {"type": "dpo"}
