"""T1 in short: some instants of every scenario; and the judge sees what a broken protocol does."""

from unittest.mock import patch

import pytest

from reconciler.backends.local import LocalBackend
from reconciler.backends.objects.backend import ObjectsBackend
from reconciler.backends.postgres.backend import PostgresBackend
from tests.reliability.crash_points import run
from tests.reliability.keeps import KEEPS
from tests.reliability.report import Profile
from tests.reliability.scenarios import SCENARIOS

SMALL = {"small": SCENARIOS["small"]}


def test_it_converges_wherever_it_dies() -> None:
    """No kill costs a second job, leaves an orphan, or needs more than two runs to mend."""
    result = run(Profile.QUICK)
    assert not result.violations, "\n".join(result.violations)
    assert result.cases >= len(SCENARIOS)
    assert {f"at {place}" for place in KEEPS} <= result.figures.keys()


@pytest.mark.parametrize(
    ("place", "backend"),
    [
        ("local", LocalBackend),
        ("file://", ObjectsBackend),
        ("postgresql://", PostgresBackend),
    ],
)
def test_a_journal_that_is_not_written_is_seen(place: str, backend: type) -> None:
    """A create that is sent without its intent in the state breaks what is promised."""
    with patch.object(backend, "append", lambda self, line: None):
        violations = run(Profile.QUICK, SMALL, [place]).violations
    assert "before" in "".join(violations)
