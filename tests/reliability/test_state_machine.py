"""T7 in short; and what the machine says of a protocol that pays twice."""

from unittest.mock import patch

from reconciler.core.resource import Live
from tests.reliability.report import Profile
from tests.reliability.state_machine import HISTORIES, run


def test_histories_led_by_hypothesis() -> None:
    """No history pays twice or loses an object; each fault happened, and each ends well."""
    result = run(Profile.QUICK)
    assert result.verdict == "ok", "\n".join(result.violations)
    assert result.cases >= HISTORIES[Profile.QUICK][0]


def test_a_protocol_that_does_not_wait_is_seen() -> None:
    """It tells the history in which an intent was cleared too early, as calls."""
    with patch.object(Live, "is_past", lambda self, moment, patience: True):
        (violation,) = run(Profile.QUICK).violations
    assert "state = Histories()" in violation
