"""A process that has everything loaded and forks one child a command, each of which may be killed.

It reads orders from its standard input, a JSON object a line, and answers each with the exit code
of the child, negative for a signal. A child is killed by SIGKILL at an instant of its seam.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from reconciler.cli.main import run
from tests.support.cli import CODE, Project
from tests.support.seam import Doom, Seam


@dataclass(frozen=True)
class Order:
    """A command in a folder.

    Attributes:
        at: the instant at which it is killed; None for a run that lives.
        trace: the file that gets the instants of a run that lived.
    """

    root: str
    arguments: list[str]
    environ: dict[str, str]
    at: int | None
    trace: str


@dataclass(frozen=True)
class Warden:
    """The process from outside."""

    process: "subprocess.Popen[str]"
    trace: Path

    def command(self, project: Project, words: Sequence[str], at: int | None = None) -> int:
        """Run a command as a process of its own, perhaps to be killed; its exit code."""
        environ = project.surroundings({})
        order = Order(str(project.root), [*words], environ, at, str(self.trace))
        assert self.process.stdin
        assert self.process.stdout
        print(json.dumps(asdict(order)), file=self.process.stdin, flush=True)
        return int(self.process.stdout.readline())

    def instants(self) -> list[str]:
        """Those of the last run that lived."""
        return self.trace.read_text().splitlines()


@contextmanager
def warden(folder: Path) -> Iterator[Warden]:
    """The process, as long as the context lasts."""
    started = subprocess.Popen(
        [sys.executable, "-m", "tests.reliability.victim"],
        cwd=CODE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with started as process:
        yield Warden(process, folder / "instants")
        assert process.stdin
        process.stdin.close()


LATE = ("reconciler.api.transport", "reconciler.manifest.compose", "reconciler.cli.verbs.apply",
        "reconciler.cli.verbs.destroy", "reconciler.cli.commands.apply")  # fmt: skip
"""What a command imports only when it needs it; here every child would."""


def main() -> None:
    """Carry out one order after the other."""
    for module in LATE:
        import_module(module)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            obey(Order(**json.loads(line)))
        _, status = os.waitpid(child, 0)
        os.write(1, b"%d\n" % os.waitstatus_to_exitcode(status))


def obey(order: Order) -> NoReturn:
    """Be the process that runs the command; it never returns."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nowhere, number)
    os.chdir(order.root)
    os.environ.clear()
    os.environ.update(order.environ)
    doom = Doom(order.at)
    with Seam(Path(order.root), doom, die=be_killed).between():
        code = run(order.arguments)
    Path(order.trace).write_text("\n".join(map(str, doom.trace)))
    os._exit(code)


def be_killed() -> NoReturn:
    """By the one signal that nobody can catch."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("it lives")


if __name__ == "__main__":
    main()
