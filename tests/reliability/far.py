"""A place with the endpoint in another process: each history there has an owner of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import urllib3

from reconciler.sandbox.embedded import Embedded
from tests.reliability.keeps import STATE
from tests.reliability.place import TRAINING, Place, others_at, project_of
from tests.support.cli import CODE, Sandbox


@dataclass
class Far:
    """A simulator in a process of its own."""

    box: Sandbox
    root: Path
    others: tuple[str, str]
    _numbers: Iterator[int] = field(default_factory=count)

    def place(self) -> Place:
        """An empty place, whose owner nobody knows yet; no faults are on."""
        owner = f"owner-{next(self._numbers)}"
        self.box.heal()
        project = project_of(self.root / owner, owner, self.box, state={"backend": STATE})
        return Place(project, self.box, owner, self.others)


@contextmanager
def far(root: Path) -> Iterator[Far]:
    """The simulator, as long as the context lasts."""
    serve = [sys.executable, "-m", "reconciler", "sandbox", "serve"]
    command = [*serve, "--port", "0", "--pace", f"5,0,{TRAINING}"]
    with (
        subprocess.Popen(
            command, cwd=CODE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process,
        urllib3.PoolManager(retries=False) as pool,
    ):
        assert process.stdout
        url = process.stdout.readline().split()[-1]
        try:
            box = Sandbox(Embedded(url), pool)
            yield Far(box, root, others_at(box))
        finally:
            process.terminate()
