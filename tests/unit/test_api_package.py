"""What holds for the whole package: cheap to import, apart from the engine, never repeating."""

import ast
import errno
import http.client
import re
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

import reconciler.api
from reconciler.api.causes import cause_of
from reconciler.api.clock import uptime

SOURCES = sorted(Path(reconciler.api.__file__).parent.glob("*.py"))


def test_importing_the_package_does_not_import_urllib3() -> None:
    """`--help` and completion do not wait for it."""
    code = "import sys, reconciler.api; print({'urllib3', 'ssl', 'pydantic'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "set()"


OURS = re.compile(r"reconciler$|reconciler\.(api|errors|hosts|no_json|text)\b")


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_nothing_of_the_engine_is_imported(source: Path) -> None:
    """The client knows the errors, how text is made visible, and itself."""
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("reconciler"):
            assert OURS.match(node.module or "")


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_no_call_of_urllib3_can_repeat_or_follow(source: Path) -> None:
    """Only bare connections are used, each with a timeout: pools retry, redirect and reconnect."""
    text = source.read_text()
    assert not re.search(r"PoolManager|ProxyManager|ConnectionPool|\burlopen\b|\bRetry\(", text)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and re.match(r"HTTPS?Connection$", ast.unparse(node.func)):
            assert "timeout" in {keyword.arg for keyword in node.keywords}


def test_connections_are_made_in_one_place() -> None:
    """The route makes them, and tells http.client never to connect again by itself."""
    makers = [path.name for path in SOURCES if re.search(r"HTTPS?Connection\(", path.read_text())]
    assert makers == ["route.py"]
    assert "auto_open = 0" in Path(reconciler.api.__file__).with_name("route.py").read_text()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (socket.gaierror(-2, "Name or service not known"), "the host name cannot be resolved"),
        (TimeoutError(), "it took too long"),
        (ConnectionResetError(), "the connection was reset"),
        (BrokenPipeError(), "the connection closed before the reply"),
        (http.client.RemoteDisconnected("x"), "the connection closed before the reply"),
        (http.client.IncompleteRead(b""), "the reply broke off"),
        (ssl.SSLError(1, "wrong version"), "TLS failed"),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), "Network is unreachable"),
        (OSError("Tunnel connection failed: 407"), "Tunnel connection failed: 407"),
        (ValueError(), "ValueError"),
    ],
)
def test_a_cause_is_told_in_words(error: Exception, words: str) -> None:
    """No class names, no addresses of objects."""
    assert cause_of(error).startswith(words)


def test_uptime_only_goes_forward() -> None:
    """Two readings are in order."""
    assert uptime() <= uptime()
