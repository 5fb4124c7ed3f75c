"""A project in sync: a manifest, its datasets, and a simulator that already has it all.

Half of the resources are files, half are jobs that succeeded, each with its model. The state and
the digest cache are made by the real commands, so a stage exists only if adopting works.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.process import Command, Sample, run, serving

MEMORY = Path("/dev/shm")  # noqa: S108  # of one run, and no secret

READY = "ready"
"""A file that says that the stage was built to its end."""


@dataclass(frozen=True, slots=True)
class Stage:
    """The folder of a project in sync, and the simulator that serves it."""

    folder: Path
    url: str = ""

    @property
    def environ(self) -> dict[str, str]:
        """What leads a client to the simulator; the digest cache is the stage's own."""
        cache = {"XDG_CACHE_HOME": str(self.folder)}
        return {"OPENAI_BASE_URL": self.url, "OPENAI_API_KEY": "bench", **cache}

    @property
    def state(self) -> Path:
        """The state file."""
        return self.folder / "state" / "bench.json"

    def forget_manifest(self) -> None:
        """Let the next run read the manifest anew."""
        for kept in (self.folder / "reconciler").glob("*.manifest-*.json"):
            kept.unlink()

    @property
    def is_in_sync(self) -> bool:
        """Whether its plan is empty."""
        return self.python("reconciler", "plan", "--detailed-exitcode").code == 0

    def python(self, module: str, *arguments: str, state: Path | None = None) -> Sample:
        """Run a module in the project; with `state` its state is there."""
        elsewhere = {"RECONCILER_STATE": str(state)} if state else {}
        return run(Command(("-m", module, *arguments), self.folder, self.environ | elsewhere))


@contextmanager
def staged(folder: Path, size: int, others: int = 0) -> Iterator[Stage]:
    """A project of `size` resources, built where it is not there yet, served while it lasts.

    `others` is how many objects the account holds beside them.
    """
    if not (folder / READY).exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _succeed(Stage(folder).python("bench.build", str(folder), str(size), str(others)))
    store = str(folder / "store.db")
    with serving("-m", "reconciler", "sandbox", "serve", "--port", "0", "--store", store) as url:
        stage = Stage(folder, url)
        if stage.state.exists():
            _succeed(stage.python("bench.point", str(stage.state), url))
        if stage.is_in_sync:
            _succeed(stage.python("reconciler", "apply", "--yes"))  # what a newer release records
        else:
            adopt(stage)
        (folder / READY).touch()
        yield stage


def adopt(stage: Stage) -> float:
    """Lose the state, then find everything again by its markers; seconds that this took.

    What is adopted is synced line by line, in memory where there is some: 100,000 lines.
    """
    shutil.rmtree(stage.state.parent, ignore_errors=True)
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        state = Path(folder) / stage.state.name
        asked = ("apply", "--yes", "--settle", "0", "--allow-path", folder)
        sample = stage.python("reconciler", *asked, state=state)
        _succeed(sample)
        shutil.copytree(folder, stage.state.parent)
    if not stage.is_in_sync:
        raise RuntimeError("the stage is not in sync after its apply")
    return sample.seconds


def _succeed(sample: Sample) -> None:
    if sample.code:
        raise RuntimeError(f"the stage cannot be built: {sample.error[-2000:]}")
