"""Packages of npm, outside the repository; each is installed once for a machine."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest


def packages(package: str) -> Path:
    """A folder whose `node_modules` hold the package; where it cannot be had the test skips."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node and npm are not installed")
    folder = Path(tempfile.gettempdir()) / f"reconciler-tests-{package}"
    if not folder.exists():
        _install(package, folder)
    return folder


def _install(package: str, folder: Path) -> None:
    """Install the package beside its place, then move it there whole."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        made = Path(scratch) / "packages"
        made.mkdir()
        command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts"]
        command += ["--prefix", str(made), package]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=300)
        except (subprocess.SubprocessError, OSError) as error:
            pytest.skip(f"npm cannot install {package}: {error}")
        if not folder.exists():  # someone else may have been faster
            made.rename(folder)
