"""T3 in short: some kills of a real process, at instants far apart."""

from tests.reliability.kills import SAMPLE, run
from tests.reliability.report import Profile


def test_it_converges_after_a_real_kill() -> None:
    """SIGKILL costs no second job, leaves no orphan, and frees the lock."""
    result = run(Profile.QUICK)
    assert not result.violations, "\n".join(result.violations)
    assert int(result.figures["kills"]) >= SAMPLE
