"""T4 in short: every error at some operations."""

from tests.reliability.os_faults import ERRORS, run
from tests.reliability.report import Profile


def test_no_error_of_the_system_costs_anything() -> None:
    """A run that meets one ends in words; the next ones lose nothing and pay nothing twice."""
    result = run(Profile.QUICK)
    assert not result.violations, "\n".join(result.violations)
    assert result.cases == 2 * len(ERRORS)
