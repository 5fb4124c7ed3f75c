"""The sandbox answers a page in time that grows with the page, not with the store."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
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
"""Files in a store; there is a job for every tenth of them."""

CLIENTS = 64
NOW = int(time.time())
FAR = Pace(1e9, 0.0, 0.0)
HEADERS = {"authorization": "Bearer k"}


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


def _get(pool: urllib3.PoolManager, url: str) -> Callable[[], urllib3.BaseHTTPResponse]:
    def request() -> urllib3.BaseHTTPResponse:
        answer = pool.request("GET", url, headers=HEADERS)
        assert answer.status == 200
        return answer

    return request


def _seconds(*requests: Callable[[], object]) -> list[float]:
    """The least processor time of each request, of nine turns that they take.

    Client and server are threads of this process, so that other programs do not count.
    """
    taken = [list[float]() for _ in requests]
    for _ in range(9):
        for request, times in zip(requests, taken, strict=True):
            began = time.process_time()
            request()
            times.append(time.process_time() - began)
    return [min(times) for times in taken]


@pytest.mark.parametrize(
    "path",
    [
        "/files?limit=1000",
        "/files?limit=1000&purpose=fine-tune",
        "/files?limit=1000&order=asc",
        "/files?limit=1000&after=file-0000000000000000001500",
        "/fine_tuning/jobs?limit=100",
        "/fine_tuning/jobs?limit=100&metadata[a]=b",
        "/fine_tuning/jobs?limit=100&metadata[a]=c",
        "/fine_tuning/jobs?limit=100&metadata=null",
        "/files?purpose=batch",
        "/files/file-0000000000000000001500",
    ],
)
def test_a_page_costs_the_same_in_a_larger_store(urls: dict[int, str], path: str) -> None:
    """Fifty times the objects, but less than three times the time for the same page."""
    with urllib3.PoolManager() as pool:
        small, large = _seconds(*(_get(pool, urls[size] + path) for size in (SMALL, LARGE)))
    assert large < 3 * small + 0.002


def test_a_larger_page_costs_no_more_than_its_size(urls: dict[int, str]) -> None:
    """Ten times the objects on a page take at most fifteen times the time."""
    with urllib3.PoolManager() as pool:
        pages = (_get(pool, f"{urls[LARGE]}/files?limit={size}") for size in (1_000, 10_000))
        page, larger = _seconds(*pages)
    assert larger < 15 * page


@pytest.mark.parametrize(
    ("path", "size", "count"),
    [("/files", 10_000, LARGE), ("/fine_tuning/jobs", 100, LARGE // 10)],
)
def test_a_walk_to_the_end_costs_the_same_on_every_page(
    urls: dict[int, str], path: str, size: int, count: int
) -> None:
    """A walk meets each of 100,000 files and 10,000 jobs once; depth costs nothing."""
    times, ids = _walk(f"{urls[LARGE]}{path}?limit={size}")
    assert len(set(ids)) == len(ids) == count
    half = len(times) // 2
    assert min(times[half:]) < 3 * min(times[:half]) + 0.002


def _walk(url: str) -> tuple[list[float], list[str]]:
    """The processor time of each page of a list to its end, and the ids on them."""
    times, ids, cursor = list[float](), list[str](), ""
    with urllib3.PoolManager() as pool:
        while True:
            began = time.process_time()
            answer = _get(pool, url + cursor)()
            times.append(time.process_time() - began)
            page = answer.json()
            ids += [each["id"] for each in page["data"]]
            if not page["has_more"]:
                return times, ids
            cursor = f"&after={ids[-1]}"


def test_many_clients_read_and_write_a_large_store(urls: dict[int, str]) -> None:
    """64 at once upload, train, list and delete among 100,000 files without an error."""
    url = urls[LARGE]
    form: dict[str, str | tuple[str, bytes]]
    form = {"purpose": "fine-tune", "file": ("a.jsonl", b'{"messages": []}\n')}

    with urllib3.PoolManager(maxsize=CLIENTS, retries=False, headers=HEADERS) as pool:

        def client(_: int) -> list[int]:
            made = pool.request("POST", f"{url}/files", fields=form)
            file = made.json()["id"]
            body = {"model": MODEL, "training_file": file}
            job = pool.request("POST", f"{url}/fine_tuning/jobs", json=body)
            pages = ("files?limit=100", "fine_tuning/jobs?limit=20")
            read = [pool.request("GET", f"{url}/{page}") for page in pages]
            gone = pool.request("DELETE", f"{url}/files/{file}")
            return [answer.status for answer in (made, job, *read, gone)]

        with ThreadPoolExecutor(CLIENTS) as threads:
            answered = [status for each in threads.map(client, range(CLIENTS)) for status in each]
    assert answered == [200] * (5 * CLIENTS)
