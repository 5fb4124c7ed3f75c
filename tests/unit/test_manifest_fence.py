"""A fence lets through what `confine` lets through, and nothing else."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reconciler.manifest.fence import Fence
from reconciler.manifest.paths import PathRefused, confine

STEPS = ["..", ".", "", "data", "inside", "outside", "linked", "loop", ".git", "a.jsonl", "b", "\0"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A manifest's folder with links that stay inside, links that lead out, and a loop."""
    root = tmp_path / "repo"
    for folder in (root / "data", root / ".git", tmp_path / "outside"):
        folder.mkdir(parents=True)
        (folder / "a.jsonl").write_text("{}\n")
    (root / "data" / "b").symlink_to("a.jsonl")
    (root / "inside").symlink_to("data")
    (root / "outside").symlink_to("../outside")
    (root / "loop").symlink_to("loop")
    (root / "linked").symlink_to("../outside/a.jsonl")
    return root


def verdict(fence: Fence | None, root: Path, text: str) -> str:
    """The file, or why it is refused."""
    try:
        return fence.confine(text)[0] if fence else str(confine(root, text))
    except PathRefused as refused:
        return refused.code


@example(["data/a.jsonl", "inside/a.jsonl", "data/b", "outside/a.jsonl", "linked", "loop/x"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.sampled_from(STEPS), max_size=5).map("/".join), max_size=8))
def test_a_fence_says_what_confine_says(root: Path, texts: list[str]) -> None:
    """Whatever was asked before, each path gets the same answer as alone."""
    fence = Fence(root)
    for text in texts:
        assert verdict(fence, root, text) == verdict(None, root, text)


def test_a_folder_that_the_operator_opened(root: Path) -> None:
    """Allowed folders count as inside, for a fence too."""
    fence = Fence(root, [root.parent / "outside"])
    path, _ = fence.confine("outside/a.jsonl")
    assert path == str((root.parent / "outside" / "a.jsonl").resolve())
