"""A file beyond the limit of one request goes up in parts, and is found again like any other."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.cli.verbs import files as by_hand
from reconciler.kinds import file as file_kind
from tests.support.cli import Project, Sandbox, project, sandbox


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """A simulator with a ledger."""
    with sandbox() as running:
        yield running


@pytest.fixture
def served(tmp_path: Path, box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose one dataset is too large for one request."""
    monkeypatch.setattr(file_kind, "FILE_LIMIT", 100)
    monkeypatch.setattr(by_hand, "FILE_LIMIT", 100)
    demo = project(tmp_path / "demo")
    box.serves(demo)
    return demo


def test_a_large_file_goes_up_in_parts(served: Project, box: Sandbox) -> None:
    """Its bytes arrive whole, under its marker, and the second plan is empty."""
    served.run("apply", "--yes", "--wait").ended(0)
    assert any("uploads" in pattern for pattern in box.requests())
    assert not any(pattern == "POST /v1/files" for pattern in box.requests())
    assert "nothing to do" in served.run("plan").ended(0).out


def test_a_lost_completion_is_looked_up(served: Project, box: Sandbox) -> None:
    """The reply was lost, the file is there: it is adopted, not sent again."""
    box.fault("cut_after", method="POST", path="/v1/uploads/*/complete", times=1)
    served.run("apply", "--yes", "--settle", "0s").ended(0)
    names = [made["filename"] for made in box.made("files") if "demo" in made["filename"]]
    assert len(names) == 1


def test_a_large_file_by_hand(served: Project, box: Sandbox) -> None:
    """It goes up in parts, too."""
    served.run("files", "upload", "data/train.jsonl").ended(0)
    assert box.requests()["POST /v1/uploads/{id}/complete"] == 1
    assert [made["filename"] for made in box.made("files")] == ["train.jsonl"]
