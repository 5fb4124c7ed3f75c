"""`reconciler sandbox serve` goes wrong as it is told on the command line."""

import signal
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
import urllib3

from reconciler.sandbox.faults import KINDS

SERVE = (sys.executable, "-m", "reconciler", "sandbox", "serve")


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


def test_the_help_lists_every_fault() -> None:
    """Each kind with what it does."""
    command = [*SERVE, "--help"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout
    for name, kind in KINDS.items():
        assert f"{name} " in shown
        assert kind.summary in shown
