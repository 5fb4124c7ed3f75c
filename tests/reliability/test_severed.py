"""T1b in short: the way to the state ends a few times at each kind of place."""

from tests.reliability.report import Profile
from tests.reliability.severed import WAYS, run


def test_it_converges_wherever_the_way_ends() -> None:
    """No lost connection to the state costs a second job, or leaves an orphan."""
    result = run(Profile.QUICK)
    assert not result.violations, "\n".join(result.violations)
    assert result.cases >= 2 * len(WAYS)
