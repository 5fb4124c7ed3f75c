"""T6 in short: one call of each kind and every fault; an apply and one fault of each kind."""

from collections.abc import Callable, Iterator

import pytest

from tests.reliability import fault_applies, fault_calls
from tests.reliability.fault_calls import calls, certificates, faults, judged
from tests.reliability.report import Profile
from tests.support.api_calls import VERBS
from tests.support.api_faults import ACTS, FAULTS

Cells = Callable[[Profile], Iterator[tuple[str, list[str]]]]


def test_every_fault_has_a_row() -> None:
    """And every row is a fault."""
    assert [fault.name for fault in FAULTS] == list(ACTS)


@pytest.mark.parametrize("name", calls(Profile.QUICK))
def test_a_call_meets_every_fault(name: str) -> None:
    """Its outcome, and how often it goes out, are those of the table."""
    verb = VERBS[name]
    with certificates() as certs:
        problems = {str(f): [*judged(f, verb, certs)] for f in faults(Profile.QUICK, verb)}
    assert len(problems) > 12
    assert not {fault: found for fault, found in problems.items() if found}


@pytest.mark.parametrize("cells", [fault_calls.cut_off, fault_applies.violations])
def test_what_costs_money_goes_out_once(cells: Cells) -> None:
    """Wherever its answer breaks off, and whatever an apply is told; the next one heals."""
    problems = dict(cells(Profile.QUICK))
    assert len(problems) > 5
    assert not {cell: found for cell, found in problems.items() if found}
