"""A fresh project and a simulator beside it, for the stories of users."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.api import retry
from reconciler.sandbox.pace import Pace
from tests.support.cli import Project, Sandbox, project, sandbox


@pytest.fixture
def demo(tmp_path: Path) -> Project:
    """One file and one job on the embedded simulator."""
    return project(tmp_path / "demo")


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """A simulator of its own, whose ledger and faults a test may use."""
    with sandbox() as running:
        yield running


@pytest.fixture
def served(demo: Project, box: Sandbox) -> Project:
    """The project at the simulator of `box`, taken for an endpoint of kind `compatible`."""
    box.serves(demo)
    return demo


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests are tried again without a wait, in this process."""
    monkeypatch.setattr(retry, "FIRST_BACKOFF", 0.001)
    monkeypatch.setattr(retry, "LONGEST_BACKOFF", 0.001)
    monkeypatch.setattr("reconciler.effects.PATIENCE", (0.0,) * 3)


@pytest.fixture
def slow() -> Iterator[Sandbox]:
    """A simulator whose jobs are running soon, and then for an hour."""
    with sandbox(Pace(0.2, 0.2, 3600.0)) as running:
        yield running
