"""A programme outside pytest: nothing of the machine's setting is seen, nothing is waited for."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from unittest.mock import patch

from reconciler.api import retry

NOTHING: Mapping[str, str] = MappingProxyType({})


@contextmanager
def alone(folder: Path, more: Mapping[str, str] = NOTHING) -> Iterator[None]:
    """Only the search path is left of the environment, and what is said; caches go to `folder`."""
    environ = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder / "home"), **more}
    environ["RECONCILER_TOKENS"] = "estimate"
    with (
        patch.object(retry, "FIRST_BACKOFF", 0.001),
        patch.object(retry, "LONGEST_BACKOFF", 0.001),
        patch("reconciler.effects.PATIENCE", (0.0,) * 3),
        patch.dict(os.environ, environ, clear=True),
    ):
        yield
