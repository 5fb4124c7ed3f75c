"""What the options that every command has say."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.cli.out import Out

DEFAULT_MANIFEST = "reconciler.yaml"


@dataclass
class Settings:
    """The common options of one call, as they are read from left to right."""

    manifest: Path = Path(DEFAULT_MANIFEST)
    out: Out = field(default_factory=Out)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    @property
    def is_ci(self) -> bool:
        """Whether a CI system runs this."""
        return self.environ.get("CI", "").lower() not in ("", "0", "false")
