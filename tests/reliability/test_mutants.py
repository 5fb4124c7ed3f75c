"""T14 in short: every mutant still applies, some are killed, and what lives on is told."""

from dataclasses import replace

import pytest

from tests.reliability.mutants import QUICK, Mutant, Rotten, mutants, rotten, run, surviving
from tests.reliability.report import Profile

SETTLES = "tests/unit/test_core_settle.py::test_a_record_of_what_was_made"
SAMPLE = Mutant("it does nothing", "reconciler/core/settle.py", "if seen:", "if seen:", SETTLES)


def test_the_mutants() -> None:
    """Their lines are there once, with the tests that kill them; a few are killed here."""
    result = run(Profile.QUICK)
    assert result.verdict == "ok", "\n".join(result.violations)
    assert result.cases == len(QUICK)
    names = [mutant.name for mutant in mutants()]
    assert len(names) == len(set(names)) >= 30


def test_what_no_test_notices_is_told() -> None:
    """By its name, and with the test that should have failed."""
    (told,) = surviving([SAMPLE], is_sure=False)
    assert told.startswith(f"it does nothing survived: {SETTLES}")


@pytest.mark.parametrize(
    ("mutant", "why"),
    [
        (replace(SAMPLE, old="if seeing:"), "stand 0 times"),
        (replace(SAMPLE, old='"""'), "stand"),
        (replace(SAMPLE, new="if seen"), "expected ':'"),
        (replace(SAMPLE, killed_by="tests/unit/test_core_settle.py::test_of_old"), "there is no"),
    ],
    ids=["lines that are gone", "lines that stand twice", "no Python", "a test that is gone"],
)
def test_a_mutant_that_rots_is_told(mutant: Mutant, why: str) -> None:
    """It could not be killed, and would look as if it were."""
    assert why in rotten(mutant)


def test_lines_are_replaced_at_their_own_indentation() -> None:
    """Whatever is around them stays."""
    mutant = replace(SAMPLE, old="if a:\n    b()", new="c()")
    source = "def f():\n    if a:\n        b()\n    d()\n"
    assert mutant.applied(source) == "def f():\n    c()\n    d()\n"
    with pytest.raises(Rotten, match="stand 0 times"):
        mutant.applied("if a:\n  b()\n")
