"""What the options that every command has say."""

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.out import Out
from reconciler.render.ci_log import Host
from reconciler.text import visible

if TYPE_CHECKING:
    from reconciler.cli.tracing import Trace

DEFAULT_MANIFEST = "reconciler.yaml"


@dataclass
class Settings:
    """The common options of one call, as they are read from left to right.

    Attributes:
        folder: `-C`, which the process has gone to.
        environment: `--env`, instead of the manifest's `default_env`.
        allowed: folders beyond the manifest's in which its paths may lie.
    """

    manifest: Path = Path(DEFAULT_MANIFEST)
    out: Out = field(default_factory=Out)
    folder: str = ""
    environment: str | None = None
    allowed: tuple[Path, ...] = ()
    chosen: str = ""
    """The options that choose a part of the plan, as they are typed."""
    is_locked: bool = False
    """Whether the data must be those of the lock file."""
    audit_log: Path | None = None
    """Where every effect is written down; `-` is stderr."""
    trace: "Trace | None" = None
    """The trace of this command, where one is wanted."""
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    held: list[object] = field(default_factory=list)
    """Large values that are left for the end of the process to free, all at once."""

    @property
    def is_ci(self) -> bool:
        """Whether a CI system runs this."""
        return self.environ.get("CI", "").lower() not in ("", "0", "false")

    @property
    def host(self) -> Host:
        """The CI system whose log and files this is read in."""
        if self.environ.get("GITHUB_ACTIONS") == "true":
            return "GitHub"
        return "GitLab" if self.environ.get("GITLAB_CI") == "true" else ""

    @property
    def checkout(self) -> str:
        """The folder that a CI system names files from; empty where there is none."""
        return self.environ.get("GITHUB_WORKSPACE") or self.environ.get("CI_PROJECT_DIR", "")

    def choose(self, **values: object) -> None:
        """Take options that say which manifest is meant; what is told to be typed has them, too."""
        for name, value in values.items():
            setattr(self, name, value)
        self.out.options = self.options

    @property
    def options(self) -> str:
        """The options that say which manifest is meant, as they are typed."""
        options = f" -C {visible(shlex.quote(self.folder))}" if self.folder else ""
        if self.environment:
            options += f" --env {visible(shlex.quote(self.environment))}"
        if self.manifest != Path(DEFAULT_MANIFEST):
            options += f" -f {visible(shlex.quote(str(self.manifest)))}"
        return options

    def typed(self, verb: str) -> str:
        """A command for the same manifest, environment and part of the plan, to be copied."""
        return self.beside(verb) + self.chosen

    def beside(self, verb: str) -> str:
        """A command for the same manifest and environment, to be copied."""
        return f"reconciler {verb}{self.options}"
