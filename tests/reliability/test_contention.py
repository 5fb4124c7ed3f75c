"""T8 in short: two processes in each story."""

from tests.reliability.contention import QUICK, run
from tests.reliability.report import Profile


def test_one_applies_and_the_others_lose() -> None:
    """One writer a serial, one payment a wish; whoever loses is told soon and sent nothing."""
    result = run(Profile.QUICK)
    assert not result.violations, "\n".join(result.violations)
    assert result.cases == sum(map(len, QUICK.values()))
