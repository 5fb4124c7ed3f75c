"""T1 in short: some instants of every scenario; and the judge sees what a broken protocol does."""

from unittest.mock import patch

from reconciler.backends.local import LocalBackend
from tests.reliability.crash_points import run
from tests.reliability.report import Profile
from tests.reliability.scenarios import SCENARIOS

SMALL = {"small": SCENARIOS["small"]}


def test_it_converges_wherever_it_dies() -> None:
    """No kill costs a second job, leaves an orphan, or needs more than two runs to mend."""
    result = run(Profile.QUICK)
    assert not result.violations, "\n".join(result.violations)
    assert result.cases >= len(SCENARIOS)


def test_a_journal_that_is_not_written_is_seen() -> None:
    """A create that is sent without its intent on the disk breaks what is promised."""
    with patch.object(LocalBackend, "append", lambda self, line: None):
        violations = run(Profile.QUICK, SMALL).violations
    assert "before" in "".join(violations)
