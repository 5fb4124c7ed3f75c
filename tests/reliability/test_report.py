"""A run of the reliability programmes that tried nothing, or broke a promise, cannot look well."""

import pytest

from tests.reliability.report import Profile, Result, document, table


@pytest.mark.parametrize(
    ("result", "verdict"),
    [
        (Result("T0", "it held", 3), "ok"),
        (Result("T0", "nothing was tried", 0), "NOTHING TRIED"),
        (Result("T0", "it paid twice", 3, violations=["seed 7"]), "1 BROKEN"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_verdict(result: Result, verdict: str) -> None:
    """It tells what held from what broke, and from what was never tried."""
    assert result.verdict == verdict
    assert table([result]).endswith(verdict)
    assert document([result], Profile.FULL)["programmes"][0]["verdict"] == verdict
