"""What holds for every test: a clean environment, and no network beyond this machine."""

import gc
import logging
import os
import signal
import socket
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support import canary

# How long an example takes says more of the machine than of the code. `make soak` sets more.
EXAMPLES = int(os.environ.get("RECONCILER_EXAMPLES", "25"))
settings.register_profile("unhurried", deadline=None, max_examples=EXAMPLES)
settings.load_profile("unhurried")

# All logs are searched for secrets; which selector a loop has is of no use in a failure, nor is
# each rule that a parser of Markdown tries.
for chatty in ("asyncio", "markdown_it"):
    logging.getLogger(chatty).setLevel(logging.WARNING)

FOREIGN = ("OPENAI_", "AZURE_OPENAI_", "RECONCILER_", "GITHUB_", "GITLAB_", "CI_")
"""Beginnings of variables that a developer's machine or a CI runner may set."""

ALONE = ("CI", "GH_TOKEN", "NO_COLOR", "FORCE_COLOR", "PYTHONIOENCODING")
"""More of them."""

NUMBERS = count()
"""Of tests, in this process."""

LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update` writes golden files anew instead of comparing with them."""
    parser.addoption("--update", action="store_true", help="write golden files anew")


def pytest_configure() -> None:
    """A shell that starts this in the background ignores ^C, and so would every child."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """What was imported stays: no collection of garbage looks through it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


@pytest.fixture
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The test's own folder for caches, which nobody makes until it is needed."""
    return tmp_path_factory.getbasetemp() / "caches" / f"{next(NUMBERS)}"


@pytest.fixture(autouse=True)
def _clean_environ(_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No key, proxy, CI or colour of the outside; caches go to the test's own folder."""
    for name in list(os.environ):
        if name.startswith(FOREIGN) or name in ALONE or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(_cache))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("RECONCILER_TOKENS", "estimate")  # a tokenizer loads for half a second


@pytest.fixture(autouse=True)
def _secrets_stay(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    _cache: Path,
    _clean_environ: None,
) -> Iterator[None]:
    """Keys and a password are in the environment, and nothing that is left by the test has them.

    That is what was printed and logged, what children were called with and said, and every file.
    """
    for name, secret in canary.ENVIRONMENT.items():
        monkeypatch.setenv(name, secret)
    canary.said.clear()
    with canary.children_heard():
        yield
    sections = [(name, text) for _, name, text in request.node._report_sections]
    told = [*canary.leaks_said(sections), *canary.leaks_below(_cache)]
    if own := request.node.funcargs.get("tmp_path"):
        told += canary.leaks_below(own)
    assert not told, f"a secret was left in {'; '.join(told)}"


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A connection that leaves this machine fails the test, also one that was swallowed."""
    connect, left = socket.socket.connect, []

    def guarded(sock: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and not str(address[0]).startswith(LOOPBACK):
            left.append(address)
            raise OSError(f"a test wants to leave this machine: {address}")
        connect(sock, address)  # type: ignore[arg-type]  # as it was given

    monkeypatch.setattr(socket.socket, "connect", guarded)
    yield
    assert not left, f"left this machine: {left}"
