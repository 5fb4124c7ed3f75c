"""T2 in short: a few pairs of crashes."""

from tests.reliability.crash_pairs import run
from tests.reliability.report import Profile


def test_it_converges_after_two_deaths() -> None:
    """A kill in the run that mends the first one costs nothing either."""
    result = run(Profile.QUICK)
    assert not result.violations, "\n".join(result.violations)
    assert result.cases == 10
