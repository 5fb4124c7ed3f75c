"""What of a job's entry decides its fingerprint."""

from typing import Any

import pytest
from pydantic import ValidationError

from reconciler.core.address import Address
from reconciler.core.resource import Resource
from reconciler.kinds.job import JobKind
from reconciler.kinds.job_spec import JobSpec
from reconciler.kinds.spec import methods

TRAIN = Address("files", "train")
KNOWN = {TRAIN: Resource(TRAIN, {"sha256": "0" * 64}, "v1:x")}


def resolved(**fields: Any) -> Resource:
    """A job with these fields."""
    spec = JobSpec.read({"model": "base", "training_file": "train", **fields})
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


def test_equal_methods_are_one_value() -> None:
    """However many jobs say the same; `1` and `1.0`, or `true`, are not the same."""
    one, same, other = (
        JobSpec.read({"model": "m", "training_file": "train", "method": method})
        for method in (supervised(n_epochs=3), supervised(n_epochs=3), supervised(n_epochs=4))
    )
    assert one.method is same.method is not None
    assert one.method != other.method
    for wrong in (3.0, True, "3"):
        with pytest.raises(ValidationError):
            resolved(method=supervised(n_epochs=wrong))


def test_few_methods_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A manifest of many different ones is read as well."""
    monkeypatch.setattr(methods, "_MOST_KNOWN", 2)
    found = [resolved(method=supervised(batch_size=n)).spec["method"] for n in range(1, 6)]
    assert found == [supervised(batch_size=n) for n in range(1, 6)]
