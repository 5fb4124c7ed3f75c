"""Losses: what result files and checkpoints tell, and what can be compared by it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.losses import Losses, Point, comparable, losses_of

CSV = """step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy
1,2.5,0.3,,
2,1.5,0.5,1.9,0.4
3,1.0,0.6,2.1,0.4
4,1.25,0.6,,
"""


def checkpoint(step: int, model: str = "", **metrics: Any) -> dict[str, Any]:
    """A checkpoint as the API tells of it."""
    named = model or f"ft:m:ckpt-step-{step}"
    return {"step_number": step, "fine_tuned_model_checkpoint": named, "metrics": metrics}


def test_final_and_best_come_from_the_steps_that_tell_them() -> None:
    """The last steps may have no validation loss; the lowest need not be the last."""
    found = losses_of(CSV, [])
    assert [point.step for point in found.curve] == [1, 2, 3, 4]
    assert found.final("train_loss") == 1.25
    assert found.final("valid_loss") == 2.1
    assert found.best("train_loss") == Point(3, {"train_loss": 1.0, "valid_loss": 2.1})
    best = found.best("valid_loss")
    assert best
    assert best.step == 2
    assert found.final("full_valid_loss") is None
    assert found.best("full_valid_loss") is None


def test_checkpoints_add_what_they_tell_to_the_steps() -> None:
    """A checkpoint measures the whole validation data; the steps stay in order."""
    told = [checkpoint(4, full_valid_loss=1.7), checkpoint(2, full_valid_loss=1.8)]
    found = losses_of(CSV, told)
    assert found.final("full_valid_loss") == 1.7
    assert found.curve[1].losses == {"train_loss": 1.5, "valid_loss": 1.9, "full_valid_loss": 1.8}
    assert [point.model for point in found.checkpoints] == ["ft:m:ckpt-step-2", "ft:m:ckpt-step-4"]
    assert found.best_checkpoint("full_valid_loss") == found.checkpoints[1]
    assert found.best_checkpoint("valid_loss") is None


def test_the_earliest_of_equals_is_the_best() -> None:
    """Less training for the same loss."""
    found = losses_of("", [checkpoint(9, valid_loss=1), checkpoint(3, valid_loss=1.0)])
    best = found.best_checkpoint("valid_loss")
    assert best
    assert best.step == 3


def test_names_of_earlier_files_mean_the_same() -> None:
    """`training_loss` is `train_loss`; where both stand, today's name counts."""
    found = losses_of("step,training_loss,validation_loss,train_loss\n1,3,2,1\n2,3,2,\n", [])
    assert found.curve[0].losses == {"train_loss": 1.0, "valid_loss": 2.0}
    assert found.curve[1].losses == {"train_loss": 3.0, "valid_loss": 2.0}


@pytest.mark.parametrize("cell", ["", "nan", "inf", "-1", "-0.5", "x", "None", "1e999"])
def test_what_is_no_loss_is_not_told(cell: str) -> None:
    """Never a 0, never a -1."""
    assert losses_of(f"step,train_loss\n1,{cell}\n", []) == Losses()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"step_number": None, "metrics": {"train_loss": 1}},
        {"step_number": True, "metrics": {"train_loss": 1}},
        {"step_number": 3, "metrics": "all is well"},
        {"step_number": 3, "metrics": {"train_loss": 10**400}},
        {"step_number": 3, "metrics": {"train_loss": [1]}, "fine_tuned_model_checkpoint": 7},
    ],
)
def test_an_odd_checkpoint_tells_nothing(body: dict[str, Any]) -> None:
    """Whatever an endpoint answers."""
    assert losses_of("", [body]) == Losses()


@pytest.mark.parametrize("text", ["", "step", "a,b\n1,2\n", "\ufeffstep,train_loss\nx,1\n"])
def test_a_file_that_is_none_tells_nothing(text: str) -> None:
    """An error page, say."""
    assert losses_of(text, []) == Losses()


def test_a_cell_that_csv_cannot_read_ends_the_file() -> None:
    """What stood before it is kept."""
    long = "x" * 200_000
    found = losses_of(f"step,train_loss\n1,2\n2,{long}\n3,1\n", [])
    assert [point.step for point in found.curve] == [1]


@given(st.text(max_size=80))
def test_any_text_has_losses(text: str) -> None:
    """Nothing that an endpoint sends is an error."""
    assert losses_of(text, []).checkpoints == ()


@pytest.mark.parametrize(
    ("metrics", "metric"),
    [
        ([], "train_loss"),
        ([{"train_loss": 1}], "train_loss"),
        ([{"train_loss": 1, "valid_loss": 2}], "valid_loss"),
        ([{"valid_loss": 2}, {"train_loss": 1}], "train_loss"),
        ([{"valid_loss": 2, "full_valid_loss": 1}, {"valid_loss": 2}], "valid_loss"),
        ([{"valid_loss": 2, "full_valid_loss": 1}] * 2, "full_valid_loss"),
    ],
)
def test_runs_are_compared_by_what_all_of_them_tell(
    metrics: list[dict[str, Any]], metric: str
) -> None:
    """A loss on a batch is not compared with one on all the data."""
    several = [losses_of("", [checkpoint(1, **one)]) for one in metrics]
    assert comparable(several) == metric
