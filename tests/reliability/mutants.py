"""T14: a test notices each broken rule of the protocol.

A mutant is data (`mutants.yaml`): some lines of the package, others in their place, and the test
that must fail of it. It is applied to a copy of the project in a temporary folder, never to the
tree. Lines that are no longer there exactly once fail the run, so that no mutant rots.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory

import yaml

from tests.reliability.report import Profile, Result

ROOT = Path(__file__).parents[2]
FILE = Path(__file__).with_suffix(".yaml")

COPIED = ("reconciler", "tests", "examples", "bench", "docs", "schema", "state")
"""What the tests need beside the files of the root."""

QUICK = (
    "it does not wait for settle",
    "a run is settled by what it is instead of by its op",
    "the request goes before its intent",
)
"""Mutants that the quick profile kills; of the others it sees that they still apply."""

SIDE_BY_SIDE = 2
PATIENCE = 900.0
"""Seconds for the tests of one mutant, on a busy machine."""

PASSED, FAILED = 0, 1
"""Exit codes of pytest; all others mean that it did not get so far."""


class Rotten(Exception):
    """A mutant does not fit the code any more."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One broken rule.

    Attributes:
        file: of the package, from the project's root.
        old: whole lines that stand there once, at any common indentation.
        new: what takes their place.
        killed_by: pytest node ids, one a line.
    """

    name: str
    file: str
    old: str
    new: str
    killed_by: str

    @property
    def killers(self) -> list[str]:
        """The tests of which one at least must fail."""
        return self.killed_by.split("\n")

    def applied(self, source: str) -> str:
        """The source with the rule broken; raises `Rotten`."""
        lines, old = source.splitlines(), self.old.splitlines()
        places = [at for at in range(len(lines)) if _stand_at(old, lines[at : at + len(old)])]
        if len(places) != 1:
            raise Rotten(f"{self.name}: its lines stand {len(places)} times in {self.file}")
        at = places[0]
        indent = lines[at].removesuffix(lines[at].lstrip())
        new = [f"{indent}{line}" for line in self.new.splitlines()]
        return "\n".join([*lines[:at], *new, *lines[at + len(old) :], ""])


def _stand_at(old: Sequence[str], lines: Sequence[str]) -> bool:
    """Whether these lines are the old ones, indented alike."""
    if len(lines) < len(old):
        return False
    indent = lines[0].removesuffix(lines[0].lstrip())
    return list(lines) == [f"{indent}{line}" if line else "" for line in old]


def mutants() -> tuple[Mutant, ...]:
    """All of them, in the order of the file."""
    return tuple(Mutant(**entry) for entry in yaml.safe_load(FILE.read_text()))


def run(profile: Profile) -> Result:
    """All are killed; in the quick profile a few, and the others still could be."""
    all_ = mutants()
    problems = [problem for mutant in all_ if (problem := rotten(mutant))]
    chosen = [mutant for mutant in all_ if profile > Profile.QUICK or mutant.name in QUICK]
    survived = [] if problems else list(surviving(chosen, is_sure=profile > Profile.QUICK))
    figures = {"killed": len(chosen) - len(survived), "that still apply": len(all_) - len(problems)}
    return Result("T14", "mutants of the protocol", len(chosen), figures, [*problems, *survived])


def rotten(mutant: Mutant) -> str:
    """What is wrong with a mutant as it stands; empty where it can be tried."""
    try:
        source = mutant.applied((ROOT / mutant.file).read_text())
        compile(source, mutant.file, "exec")
    except (Rotten, OSError, SyntaxError) as error:
        return f"{mutant.name}: {error}"
    missing = [killer for killer in mutant.killers if not _exists(killer)]
    return f"{mutant.name}: there is no {missing[0]}" if missing else ""


def _exists(killer: str) -> bool:
    file, _, test = killer.partition("::")
    text = (ROOT / file).read_text() if (ROOT / file).exists() else ""
    return f"def {test.partition('[')[0]}(" in text if test else bool(text)


def surviving(chosen: Sequence[Mutant], *, is_sure: bool) -> Iterator[str]:
    """A sentence for each mutant that no test noticed.

    Args:
        is_sure: see first that all of these tests pass where nothing is broken.
    """
    with TemporaryDirectory() as folder, ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        copies: SimpleQueue[Copy] = SimpleQueue()
        for number in range(SIDE_BY_SIDE):
            copies.put(Copy.made(Path(folder) / str(number)))
        if is_sure:
            copy = copies.get()
            killers = sorted({killer for mutant in chosen for killer in mutant.killers})
            code, said = copy.tested(killers)
            copies.put(copy)
            if code != PASSED:
                yield f"the tests fail where nothing is broken:\n{said}"
                return
        yield from filter(None, pool.map(lambda mutant: _tried(mutant, copies), chosen))


def _tried(mutant: Mutant, copies: "SimpleQueue[Copy]") -> str:
    copy = copies.get()
    try:
        with copy.broken(mutant):
            code, said = copy.tested(mutant.killers)
    except subprocess.TimeoutExpired:
        return f"{mutant.name}: its tests hang"
    finally:
        copies.put(copy)
    if code == FAILED:
        return ""
    word = "survived" if code == PASSED else "could not be tried"
    return f"{mutant.name} {word}: {mutant.killed_by}\n{said}"


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of the project, in which a rule may be broken."""

    root: Path
    ages: Iterator[int]
    """Another one for each change, so that nothing that was compiled before is taken for it."""

    @classmethod
    def made(cls, root: Path) -> "Copy":
        """Copy what the tests need."""
        ignored = shutil.ignore_patterns("__pycache__", ".*")
        for name in COPIED:
            if (ROOT / name).exists():
                shutil.copytree(ROOT / name, root / name, ignore=ignored)
        for file in ROOT.iterdir():
            if file.is_file() and not file.name.startswith("."):
                shutil.copy2(file, root / file.name)
        return cls(root, count(1))

    @contextmanager
    def broken(self, mutant: Mutant) -> Iterator[None]:
        """The rule is broken meanwhile."""
        path = self.root / mutant.file
        source = path.read_text()
        try:
            self._write(path, mutant.applied(source))
            yield
        finally:
            self._write(path, source)

    def _write(self, path: Path, source: str) -> None:
        path.write_text(source)
        age = next(self.ages)
        os.utime(path, (age, age))

    def tested(self, killers: Sequence[str]) -> tuple[int, str]:
        """The exit code of pytest for these tests, and the end of what it said."""
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *killers]
        environ = {**os.environ, "PYTHONPATH": str(self.root)}
        done = subprocess.run(
            command,
            cwd=self.root,
            env=environ,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return done.returncode, (done.stdout + done.stderr)[-2000:]
