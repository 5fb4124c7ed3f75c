"""`reconciler sandbox serve` goes wrong as it is told on the command line."""

import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import urllib3

from reconciler.sandbox.faults import KINDS
from reconciler.sandbox.reach import PATHS, methods_at
from tests.support.cli import Project, project

SERVE = (sys.executable, "-m", "reconciler", "sandbox", "serve")


@pytest.fixture
def demo(tmp_path: Path) -> Project:
    """Any folder."""
    return project(tmp_path)


def test_faults_are_on_from_the_start() -> None:
    """The option may be repeated, and each fault has its own figures."""
    faults = ("--fault", "denied,times=1,path=/v1/models", "--fault", "quota,path=/v1/files")
    command = [*SERVE, "--port", "0", *faults]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        url = program.stdout.readline().split()[-1]
        assert urlsplit(url).hostname == "127.0.0.1"
        with urllib3.PoolManager(retries=False, headers={"authorization": "Bearer k"}) as pool:
            statuses = [pool.request("GET", f"{url}/models").status for _ in range(2)]
            statuses += [pool.request("GET", f"{url}/files").status]
        program.send_signal(signal.SIGTERM)
        assert program.wait(5) == 0
    assert statuses == [403, 200, 429]


@pytest.mark.parametrize("fault", ["gremlins", "latency,seconds=long", "denied,often"])
def test_a_fault_that_is_none_is_a_usage_error(fault: str) -> None:
    """What can be said is named; nothing starts."""
    command = [*SERVE, "--port", "0", "--fault", fault]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 64
    assert "error: " in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("fault", "cure"),
    [
        ("denied,path=/files", "did you mean path=/v1/files?"),
        ("denied,path=/v1/jobs*", "did you mean path="),
        ("denied,path=/v1/fine_tuning/job", "did you mean path=/v1/fine_tuning/jobs?"),
        ("denied,path=/v1/files/*/contents", "did you mean path=/v1/files/*/content?"),
        ("denied,path=/v1/files/", "did you mean path=/v1/files/*?"),
        ("meddle,on=/x", "such as on=/v1/files*"),
        ("denied,path=/sandbox/clock", "such as path=/v1/files*"),
        ("denied,path=/v1/files,method=get", "method=GET or POST"),
        ("denied,path=/v1/uploads,method=GET", "method=POST"),
    ],
)
def test_a_fault_that_never_acts_is_a_usage_error(demo: Project, fault: str, cure: str) -> None:
    """With what was probably meant; a test that waits for it would prove nothing."""
    error = demo.run("sandbox", "serve", "--port", "0", "--fault", fault).ended(64).error
    assert error["what"].endswith(" never acts")
    assert error["cure"].startswith(cure)


@pytest.mark.parametrize("path", [*PATHS, "*", "/v1/f*", "*/cancel", "/v1/[fm]*s", "/v1/????s"])
def test_a_glob_reaches_what_it_matches(path: str) -> None:
    """Every path of the API, in whole or in part, and those of one object."""
    assert methods_at(path)


@pytest.mark.parametrize(
    ("path", "reaches"),
    [
        ("/v1/models/ft:a/b", True),  # a model's name may hold anything
        ("/v1/files/file-1", True),
        ("/v1/files/file-1/b", False),
        ("/v1/files/[!/]", True),
        ("/v1/files/[/]", False),
        ("/v1/file?", True),
        ("/v1/file??", False),
        ("/v1/[files", False),
        ("", False),
    ],
)
def test_a_glob_is_held_against_ids(path: str, reaches: bool) -> None:
    """As a request would be."""
    assert bool(methods_at(path)) is reaches


def test_the_help_lists_every_fault() -> None:
    """Each kind with what it does."""
    command = [*SERVE, "--help"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout
    for name, kind in KINDS.items():
        assert f"{name} " in shown
        assert kind.summary in shown
