"""The sandbox answers a page in time that grows with the page, not with the store."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

from reconciler.sandbox import file_rows, job_rows
from reconciler.sandbox.embedded import embed
from reconciler.sandbox.file_rows import File
from reconciler.sandbox.job import Job, render
from reconciler.sandbox.job_request import JobSpec, read
from reconciler.sandbox.pace import INSTANT, Pace
from reconciler.sandbox.store import Store
from reconciler.sandbox.timeline import Run
from tests.contract.sandbox_kit import MODEL

SMALL, LARGE = 2_000, 20_000
NOW = int(time.time())
FAR = Pace(1e9, 0.0, 0.0)


def _fill(path: Path, size: int) -> None:
    spec: JobSpec = read(
        {"model": MODEL, "training_file": "f", "metadata": {"a": "b"}}, strict=True
    )
    with Store(path) as store, store.writing() as db:
        for n in range(size):
            file_rows.add(db, File(f"file-{n:022}", NOW, "fine-tune", f"name.{n}.jsonl", 1000))
        for n in range(size // 10):
            job = Job(f"ftjob-{n:022}", MODEL, MODEL, spec, Run(NOW, FAR))
            job_rows.add(db, job, render(job, NOW))


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, str]]:
    """A server over a small store, and one over a store ten times larger."""
    folder = tmp_path_factory.mktemp("stores")
    for size in (SMALL, LARGE):
        _fill(folder / f"{size}.db", size)
    with (
        embed(folder / f"{SMALL}.db", pace=INSTANT) as small,
        embed(folder / f"{LARGE}.db", pace=INSTANT) as large,
    ):
        yield {SMALL: small.base_url, LARGE: large.base_url}


def _seconds(url: str) -> float:
    """The least time of some requests: what the machine does besides counts least."""
    taken = []
    with urllib3.PoolManager() as pool:
        for _ in range(9):
            began = time.perf_counter()
            assert pool.request("GET", url, headers={"authorization": "Bearer k"}).status == 200
            taken.append(time.perf_counter() - began)
    return min(taken)


@pytest.mark.parametrize(
    "path",
    [
        "/files?limit=1000",
        "/files?limit=1000&purpose=fine-tune",
        "/files?limit=1000&order=asc",
        "/files?limit=1000&after=file-0000000000000000001500",
        "/fine_tuning/jobs?limit=100",
        "/fine_tuning/jobs?limit=100&metadata[a]=b",
        "/files/file-0000000000000000001500",
    ],
)
def test_a_page_costs_the_same_in_a_larger_store(urls: dict[int, str], path: str) -> None:
    """Ten times the objects, but less than three times the time for the same page."""
    assert _seconds(urls[LARGE] + path) < 3 * _seconds(urls[SMALL] + path) + 0.002


def test_a_larger_page_costs_no_more_than_its_size(urls: dict[int, str]) -> None:
    """Ten times the objects on a page take at most fifteen times the time."""
    page, larger = (_seconds(f"{urls[LARGE]}/files?limit={size}") for size in (1_000, 10_000))
    assert larger < 15 * page
