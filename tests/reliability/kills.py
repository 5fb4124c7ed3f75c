"""T3: a real process is killed by SIGKILL, with the endpoint in another process.

In two ways. A child forked from a process that has everything loaded is killed at every instant
that T1 knows; that is quick. And `strace` kills a command as a user starts it, at its first system
call of a sort, at its second, and so on until it comes to its end; that knows nothing of the code.
"""

import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL
from tempfile import TemporaryDirectory

from tests.reliability.far import Far, far
from tests.reliability.ground import hurried
from tests.reliability.keeps import STATE
from tests.reliability.oracle import Before, after_death, in_the_end
from tests.reliability.place import Command, Place
from tests.reliability.play import mend, prepare
from tests.reliability.report import MissingTool, Profile, Result
from tests.reliability.scenarios import SCENARIOS
from tests.reliability.victim import Warden, warden
from tests.support.cli import command

WHAT = "SIGKILL of a real process"
NAMES = ("create", "replace", "destroy")
"""The scenarios; the quick profile plays the first."""

SAMPLE = 8
"""Kills of the quick profile."""

ANYWHERE = ("mkdir", "flock", "ftruncate", "write", "fsync", "fdatasync", "rename", "link",
            "unlink", "connect", "sendto", "recvfrom")  # fmt: skip
BELOW = ("open", "close")
"""System calls at which `strace` kills; those of the second kind on files of the state alone."""

STRACE = "strace, with the right to trace a process (apt-get install strace)"
MOST = 400
"""More calls of a sort than any run makes: a loop that reaches it is broken."""

Kill = Callable[[Place, Command], int]
"""Runs a command that may be killed; its exit code."""


@dataclass
class Hunt:
    """Kills so far, and what was wrong after them."""

    kills: Counter[str] = field(default_factory=Counter)
    lives: int = 0
    violations: list[str] = field(default_factory=list)

    def kill(self, endpoint: Far, name: str, how: str, kill: Kill, again: str) -> bool:
        """One scenario, killed and mended; whether the kill came before the end of the run."""
        place, scenario = endpoint.place(), SCENARIOS[name]
        prepare(place, scenario)
        before = Before.of(place)
        code = kill(place, scenario.command)
        is_killed = code == -SIGKILL
        self.kills[how] += is_killed
        self.lives += not is_killed
        problems = [] if is_killed or code == 0 else [f"I9: exit {code}"]
        problems += after_death(place, before)
        problems += mend(place, scenario, at_once=self.kills.total() % 2 == 0)
        problems += in_the_end(place, scenario)
        if problems:
            call = f"from tests.reliability.kills import again; again{again}"
            told = f"{name}, killed, {again}: {'; '.join(problems)}"
            self.violations.append(f'{told}\n  again: python -c "{call}"')
        return is_killed


def run(profile: Profile) -> Result:
    """Kills at every instant and every system call; in the quick profile at a few instants."""
    hunt = Hunt()
    with TemporaryDirectory() as folder, warden(Path(folder)) as jail, hurried():
        for name in NAMES if profile > Profile.QUICK else NAMES[:1]:
            with far(Path(folder, name)) as endpoint:
                for at in instants(endpoint, jail, name, profile):
                    hunt.kill(endpoint, name, "instants", forked(jail, at), str((name, at)))
        if profile > Profile.QUICK:
            require_strace()
            for name in NAMES:
                hunt_calls(hunt, Path(folder, "strace", name), name)
    figures = {"kills": hunt.kills.total(), **{f"at {how}": n for how, n in hunt.kills.items()}}
    return Result("T3", WHAT, hunt.kills.total() + hunt.lives, figures, hunt.violations)


def again(name: str, at: int | str, number: int = 0) -> None:
    """One kill once more, at an instant or at the call of a name and number."""
    hunt = Hunt()
    with (
        TemporaryDirectory() as folder,
        warden(Path(folder)) as jail,
        hurried(),
        far(Path(folder)) as endpoint,
    ):
        kill = traced(at, number) if isinstance(at, str) else forked(jail, at)
        hunt.kill(endpoint, name, "", kill, str((name, at, number)))
    assert not hunt.violations, hunt.violations


def instants(endpoint: Far, jail: Warden, name: str, profile: Profile) -> Iterator[int]:
    """The numbers of all instants of a run, or of some."""
    place = endpoint.place()
    prepare(place, SCENARIOS[name])
    assert jail.command(place.project, SCENARIOS[name].command) == 0
    count = len(jail.instants())
    stride = max(1, count // SAMPLE) if profile is Profile.QUICK else 1
    yield from range(0, count, stride)


def forked(jail: Warden, at: int) -> Kill:
    """A child that is killed at an instant."""
    return lambda place, words: jail.command(place.project, words, at=at)


def hunt_calls(hunt: Hunt, folder: Path, name: str) -> None:
    """Kill at each call of each sort, until a run lives."""
    for call in (*ANYWHERE, *BELOW):
        with far(folder / call) as endpoint:
            for number in range(1, MOST):
                kill = traced(call, number)
                if not hunt.kill(endpoint, name, call, kill, str((name, call, number))):
                    break
            else:
                raise AssertionError(f"{name}: no end of {call}")


def traced(call: str, number: int) -> Kill:
    """A command that is killed as it makes a system call for the so-manieth time."""

    def kill(place: Place, words: Command) -> int:
        state = place.project.root / STATE
        files = (state.parent, state, state.with_suffix(".journal"), state.with_suffix(".lock"))
        calls = f"/^{call}(at)?$"
        arguments = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={calls}"]
        arguments += ["-e", f"inject={calls}:signal=SIGKILL:when={number}"]
        if call in BELOW:
            arguments += [word for file in files for word in ("-P", str(file))]
        environ = place.project.surroundings({"PYTHONDONTWRITEBYTECODE": "1"})
        done = subprocess.run(
            [*arguments, *command(*words)],
            cwd=place.project.root,
            env=environ,
            capture_output=True,
            check=False,
        )
        return done.returncode

    return kill


def require_strace() -> None:
    """Fail where the tool is missing, or may not do its work."""
    if not shutil.which("strace"):
        raise MissingTool(STRACE)
    tried = subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], check=False)
    if tried.returncode:
        raise MissingTool(STRACE)
