"""Several servers, several clients, one store: nothing is lost and nothing is made twice."""

import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import urllib3

from reconciler.sandbox.embedded import embed
from reconciler.sandbox.faults import current
from reconciler.sandbox.pace import INSTANT
from reconciler.sandbox.store import Store
from tests.contract.sandbox_kit import MODEL, dataset, sandbox

CLIENTS = 64
HEADERS = {"authorization": "Bearer k"}
SERVER = """
import sys
from pathlib import Path
from reconciler.sandbox.faults import Fault
from reconciler.sandbox.pace import Pace
from reconciler.sandbox.serve import serve
serve(host="127.0.0.1", port=0, store=Path(sys.argv[1]), pace=Pace.parse("instant"),
      faults=[Fault.parse(text) for text in sys.argv[2:]],
      ready=lambda url: print(url, flush=True))
"""


def _upload(pool: urllib3.PoolManager, url: str) -> urllib3.BaseHTTPResponse:
    form: dict[str, str | tuple[str, bytes]]
    form = {"purpose": "fine-tune", "file": ("a.jsonl", dataset())}
    return pool.request("POST", f"{url}/files", fields=form, headers=HEADERS)


def test_two_servers_share_a_store(tmp_path: Path) -> None:
    """What one server made, the other lists, trains and deletes."""
    path = tmp_path / "deep" / "folder" / "s.db"
    with sandbox(path) as one, sandbox(path) as two:
        job = one.job(metadata={"k": "v"})
        two.clock.now += 3600
        done = two.openai.fine_tuning.jobs.retrieve(job.id)
        assert done.status == "succeeded"
        one.clock.now += 3600
        assert one.openai.fine_tuning.jobs.retrieve(job.id) == done
        names = [model.id for model in one.openai.models.list()]
        assert names.count(done.fine_tuned_model or "") == 1
        two.openai.files.delete(job.training_file)
        assert [file.id for file in one.openai.files.list()] == done.result_files
        requests = one.control("GET", "/ledger")["requests"]
        assert requests["GET /v1/fine_tuning/jobs/{id}"] == 2


def test_a_job_goes_on_while_no_server_runs(tmp_path: Path) -> None:
    """A store that is opened again shows what time has brought."""
    path = tmp_path / "s.db"
    with sandbox(path) as box:
        job = box.job()
    with sandbox(path) as box:
        box.clock.now += 3600
        assert box.openai.fine_tuning.jobs.retrieve(job.id).status == "succeeded"


def test_many_clients_are_served_at_once(tmp_path: Path) -> None:
    """64 clients over two servers of one store: no error, no lost object."""
    store = tmp_path / "s.db"
    with (
        embed(store, pace=INSTANT) as one,
        embed(store, pace=INSTANT) as two,
        urllib3.PoolManager(maxsize=CLIENTS, num_pools=2, retries=False) as pool,
    ):

        def client(number: int) -> list[int]:
            url = (one, two)[number % 2].base_url
            made = _upload(pool, url)
            body = {"model": MODEL, "training_file": made.json()["id"]}
            job = pool.request("POST", f"{url}/fine_tuning/jobs", json=body, headers=HEADERS)
            paths = (f"/fine_tuning/jobs/{job.json()['id']}", "/files", "/fine_tuning/jobs")
            read = [pool.request("GET", url + path, headers=HEADERS) for path in paths]
            return [answer.status for answer in (made, job, *read)]

        with ThreadPoolExecutor(CLIENTS) as threads:
            statuses = [status for each in threads.map(client, range(CLIENTS)) for status in each]
        assert set(statuses) == {200}
        ledger = pool.request("GET", one.control_url + "/ledger").json()
    assert len(ledger["jobs"]) == CLIENTS
    assert len({job["fine_tuned_model"] for job in ledger["jobs"]}) == CLIENTS
    purposes = [file["purpose"] for file in ledger["files"]]
    assert purposes.count("fine-tune") == purposes.count("fine-tune-results") == CLIENTS


def test_a_new_store_can_be_opened_by_many_at_once(tmp_path: Path) -> None:
    """Whoever comes first makes the tables; the rest wait."""
    failures: list[Exception] = []
    start = threading.Barrier(8)

    def opened() -> None:
        start.wait()
        try:
            with Store(tmp_path / "s.db"):
                pass
        except Exception as error:  # noqa: BLE001 - whatever it was, the test must say so
            failures.append(error)

    threads = [threading.Thread(target=opened) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_what_is_no_store_is_refused(tmp_path: Path) -> None:
    """Another file, a folder, or a store of another version."""
    other, newer = tmp_path / "notes.txt", tmp_path / "newer.db"
    other.write_text("not a database\n" * 100)
    with Store(newer) as store:
        store.one("PRAGMA user_version = 99")
    for path, error in ((other, ValueError), (tmp_path, OSError), (newer, ValueError)):
        with pytest.raises(error), embed(path):
            pass


def test_a_store_is_its_owners_alone(tmp_path: Path) -> None:
    """It has every row of the datasets; also what SQLite makes beside it, whatever the umask."""
    before = os.umask(0o022)
    try:
        with sandbox(tmp_path / "s.db") as box:
            box.job()
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(("s.db", "s.db-wal", "s.db-shm"), 0o600)


def _program(store: Path, *faults: str) -> tuple[subprocess.Popen[str], str]:
    command = [sys.executable, "-c", SERVER, str(store), *faults]
    program = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert program.stdout is not None
    return program, program.stdout.readline().strip()


def test_the_program_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    """It says its address, obeys its faults, and ends well on SIGTERM and SIGINT."""
    for number in (signal.SIGTERM, signal.SIGINT):
        program, url = _program(tmp_path / f"{number}.db", "denied,times=1,path=/v1/models")
        with program, urllib3.PoolManager(retries=False) as pool:
            statuses = [
                pool.request("GET", f"{url}/models", headers=HEADERS).status for _ in range(2)
            ]
            os.kill(program.pid, number)
            assert program.wait(5) == 0
        with Store(tmp_path / f"{number}.db") as store:
            assert current(store) == []
        assert statuses == [403, 200]


def test_a_killed_program_loses_nothing(tmp_path: Path) -> None:
    """What was answered before a SIGKILL is there for the next server."""
    store = tmp_path / "s.db"
    program, url = _program(store)
    with program, urllib3.PoolManager(retries=False) as pool:
        made = _upload(pool, url).json()
        program.kill()
    with sandbox(store) as box:
        assert box.openai.files.content(made["id"]).read() == dataset()


def test_an_embedded_server_starts_and_stops_at_once() -> None:
    """Neither waits for anything, also with idle connections open, which would be kept long."""
    with embed(None), urllib3.PoolManager() as pool:
        with embed(None) as warm:
            pool.request("GET", warm.base_url + "/models", headers=HEADERS)
        began = time.perf_counter()
        with embed(None) as server:
            pool.request("GET", server.base_url + "/models", headers=HEADERS)
            started = time.perf_counter()
        assert started - began < 4
        assert time.perf_counter() - started < 4


def test_importing_the_package_loads_no_server() -> None:
    """The command line can name the sandbox without paying for it."""
    code = (
        "import json, sys, reconciler.sandbox.embedded, reconciler.sandbox.serve;"
        "print(json.dumps([m for m in ('starlette', 'uvicorn', 'anyio') if m in sys.modules]))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert json.loads(found.stdout) == []
