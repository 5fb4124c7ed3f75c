"""The official npm client is served, where Node and the package can be had."""

import subprocess
from pathlib import Path

from tests.contract.sandbox_kit import sandbox
from tests.support.npm import packages

PACKAGE = "openai@6.49.0"
SCRIPT = Path(__file__).with_name("npm_client.mjs")


def test_the_npm_client_is_served() -> None:
    """Files, uploads in parts, jobs, models, chat and errors, with pages to their ends."""
    with sandbox() as box:
        command = ["node", str(SCRIPT), str(packages(PACKAGE)), box.server.base_url]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert done.stdout.split() == ["files", "uploads", "jobs", "models", "errors"]
