"""The stages of a plan in the bench: what they are, and how they are shown; nothing is timed."""

from functools import reduce
from importlib import import_module

import pytest

from bench.programs.plan_stages import STAGES
from bench.report import aligned
from bench.stages import Split, lines


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_is_a_function_of_the_product(stage: str) -> None:
    """One that was renamed would be shown as taking no time."""
    module, name = STAGES[stage]
    assert callable(reduce(getattr, name.split("."), import_module(module)))


def test_each_size_is_a_line() -> None:
    """Milliseconds of every stage in their order, and the peak."""
    splits = [
        Split(
            1_000, is_edited=False, milliseconds={"imports": 200.4, "total": 250.0}, megabytes=54.9
        ),
        Split(
            10_000,
            is_edited=True,
            milliseconds={"imports": 201.0, "total": 1250.0},
            megabytes=166.0,
        ),
    ]
    assert aligned(lines(splits)).splitlines() == [
        "plan in sync, ms of  imports  total  MB",
        "1,000                    200    250  55",
        "10,000, edited           201   1250  166",
    ]
