"""What a job's answer tells beside what it trains."""

import pytest

from reconciler.kinds.job_answer import place


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ({"code": "invalid_training_file", "message": "Example 7 cannot be parsed"}, 7),
        ({"code": "x", "param": "validation_file", "message": "bad JSON in line 12"}, 12),
        ({"code": "grader_failed", "message": "your program failed at line 3"}, None),
        ({"code": "invalid_training_file", "message": "too few examples: 7"}, None),
        ({"code": "invalid_training_file", "message": None}, None),
    ],
)
def test_where_a_failure_is(error: dict[str, object], told: int | None) -> None:
    """The line of the data, where the message names it."""
    assert place(error).get("error_line") == told
