"""T5 in short: one run of the backend, one whole apply, and the same without their syncs."""

from tests.reliability.power_loss import run
from tests.reliability.report import Profile


def test_power_loss_leaves_the_old_or_the_new() -> None:
    """Whatever of the unsynced is lost, nothing promised is; a missing sync is found out."""
    result = run(Profile.QUICK)
    assert not result.violations, "\n".join(result.violations)
    assert result.cases > 1000
    assert result.figures == {"runs without a sync, found out": 6}
