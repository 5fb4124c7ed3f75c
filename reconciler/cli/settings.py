"""What the options that every command has say."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.cli.out import Out

DEFAULT_MANIFEST = "reconciler.yaml"


@dataclass
class Settings:
    """The common options of one call, as they are read from left to right.

    Attributes:
        environment: `--env`, instead of the manifest's `default_env`.
        allowed: folders beyond the manifest's in which its paths may lie.
    """

    manifest: Path = Path(DEFAULT_MANIFEST)
    out: Out = field(default_factory=Out)
    environment: str | None = None
    allowed: tuple[Path, ...] = ()
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    held: list[object] = field(default_factory=list)
    """Large values that are left for the end of the process to free, all at once."""

    @property
    def is_ci(self) -> bool:
        """Whether a CI system runs this."""
        return self.environ.get("CI", "").lower() not in ("", "0", "false")
