"""T6: every call, and an apply as a whole, meets every fault of HTTP and below it, on real sockets.

The wire is the oracle beside what each cell states: a create leaves at most once an op, and no
request, and so no key, ever goes where an answer points.
"""

from tests.reliability import fault_applies, fault_calls
from tests.reliability.report import Profile, Result
from tests.support.api_faults import FAULTS


def run(profile: Profile) -> Result:
    """Every cell; in the quick profile one call of a kind, and one fault of a kind at an apply."""
    called = dict(fault_calls.violations(profile))
    applied = dict(fault_applies.violations(profile))
    broken = [
        f"{cell}: {'; '.join(problems)}"
        for cell, problems in (called | applied).items()
        if problems
    ]
    figures = {
        "calls": len(fault_calls.calls(profile)),
        "faults": len(FAULTS),
        "cells": len(called),
        "applies": len(applied),
    }
    return Result("T6", "every fault of HTTP", len(called) + len(applied), figures, broken)
