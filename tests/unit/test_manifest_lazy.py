"""Nothing heavy is imported before a manifest is read."""

import subprocess
import sys

import pytest

import reconciler.manifest


def test_the_package_is_cheap_to_import() -> None:
    """Neither pydantic nor yaml comes with the package, nor with `load`: it may recall one."""
    program = """
import sys, reconciler.manifest
print("pydantic" in sys.modules, "yaml" in sys.modules)
reconciler.manifest.load
print("pydantic" in sys.modules, "yaml" in sys.modules)
import reconciler.manifest.reader, reconciler.manifest.compose
print("pydantic" in sys.modules, "yaml" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "False", "False", "False", "True", "True"]


def test_every_public_name_is_there() -> None:
    """What the package promises it has, and nothing else."""
    assert all(getattr(reconciler.manifest, name) for name in reconciler.manifest.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        getattr(reconciler.manifest, "nothing")  # noqa: B009 - a name that mypy does not know
