"""A plan asks as seldom as the API allows: by the page, whatever the number of resources."""

import math
from pathlib import Path

import urllib3

from bench.stage import staged

PAIRS = 120
"""Files, and as many jobs: more than one page of jobs, which has 100."""


def test_requests_of_a_plan(tmp_path: Path) -> None:
    """One a page of files (10,000) and of jobs (100), one for the models, and nothing else."""
    with staged(tmp_path / "stage", 2 * PAIRS) as stage:
        before = _requests(stage.url)
        assert stage.is_in_sync
        after = _requests(stage.url)
    asked = {route: after[route] - before.get(route, 0) for route in after}
    assert {route: count for route, count in asked.items() if count} == {
        "GET /v1/files": 1,
        "GET /v1/fine_tuning/jobs": math.ceil(PAIRS / 100),
        "GET /v1/models": 1,
    }


def _requests(url: str) -> dict[str, int]:
    """How often each route was asked so far, as the simulator counts."""
    control = url.removesuffix("/v1") + "/sandbox/ledger"
    with urllib3.PoolManager() as pool:
        counts: dict[str, int] = pool.request("GET", control).json()["requests"]
    return counts
