"""T8: real processes apply one manifest on one state at the same moment, against one server.

One of them has the lock; the others are told so soon, and have sent nothing at all. No serial has
two writers, and nothing is paid for twice, whether the holder ends, hangs, or is killed. Where the
state lives is a `Place`: another backend is another place.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from reconciler.backends import open_backend
from reconciler.sandbox.embedded import Embedded
from tests.reliability.report import Profile, Result
from tests.support.canary import KEY
from tests.support.cli import PATIENCE, Project, Sandbox, project, sandbox
from tests.support.places import PLACES, Place
from tests.support.proxy import Proxy

JOBS = "/v1/fine_tuning/jobs"
SOON = 2.0
"""Seconds within which a loser is told, on a machine that has nothing else to do."""

HELD = 1.0
"""Seconds that a winner needs at the least: the others come, and harm is done, in time; at a
machine that has nothing else to do."""

ROUNDS: Mapping[Profile, Mapping[int, int]] = {
    Profile.QUICK: {2: 1},
    Profile.FULL: {2: 8, 8: 8},
    Profile.LONG: {2: 28, 8: 28, 32: 2},
}
"""How often each story is told, by how many processes take part. The long profile has 616 rounds
of 2 and of 8 processes on PostgreSQL and S3."""


@dataclass(frozen=True)
class Contender:
    """A process that wants to apply; its key tells its requests from those of others."""

    process: "subprocess.Popen[str]"
    log: Path
    key: str

    def saw(self, what: str) -> list[dict[str, Any]]:
        """What its witness saw of this."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line for line in map(json.loads, lines) if line["what"] == what]

    def wait_for(self, what: str) -> None:
        """Return once its witness saw this."""
        deadline = time.monotonic() + PATIENCE
        while not self.saw(what):
            is_gone = self.process.poll() is not None
            assert not is_gone, f"never {what}: {self.process.communicate()}"
            assert time.monotonic() < deadline, f"never {what}"
            time.sleep(0.01)

    def end(self) -> int:
        """Its exit code."""
        out, err = self.process.communicate(timeout=PATIENCE)
        assert "this is a bug" not in err, err
        assert KEY not in out + err
        return self.process.returncode


@dataclass
class Arena:
    """One project, one state, one server, and everybody who ever came."""

    project: Project
    place: Place
    box: Sandbox
    proxy: Proxy
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    came: list[Contender] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    slowest: float = 0.0

    def come(self, size: int, *arguments: str) -> list[Contender]:
        """So many at once: all are at the door of the lock before one may try it."""
        reads, writes = os.pipe()
        fresh = [self._start(reads, *arguments) for _ in range(size)]
        os.close(reads)
        for contender in fresh:
            contender.wait_for("came")
        os.close(writes)
        self.came += fresh
        return fresh

    def _start(self, door: int, *arguments: str) -> Contender:
        number = next(self.numbers)
        key, log = f"{KEY}-{number}", self.project.root.parent / f"{number}.log"
        witness = [sys.executable, "-m", "tests.support.witness", str(log), str(door)]
        environ = self.project.surroundings({"OPENAI_API_KEY": key})
        process = subprocess.Popen(
            [*witness, "apply", "--yes", *arguments],
            cwd=self.project.root,
            env=environ,
            pass_fds=(door,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return Contender(process, log, key)

    def ended(self, contenders: list[Contender], *expected: int) -> Counter[int]:
        """Their exit codes, of which none is another; losers are judged."""
        codes: Counter[int] = Counter()
        for contender in contenders:
            code = contender.end()
            codes[code] += 1
            if code not in expected:
                self.problems.append(f"exit {code}, not one of {expected}")
            if code == 4 and not contender.saw("locked"):
                self.judge(contender)
        return codes

    def judge(self, loser: Contender) -> None:
        """A loser was told soon, and sent nothing."""
        (refused,) = loser.saw("refused")
        self.slowest = max(self.slowest, refused["seconds"])
        if refused["seconds"] > SOON * crowding():
            self.problems.append(f"a loser was told after {refused['seconds']:.1f} s")
        bearer = f"Bearer {loser.key}"
        sent = [r for r in self.proxy.requests if r.headers.get("authorization") == bearer]
        if sent:
            self.problems.append(f"a loser sent {sent[0].method} {sent[0].target}")

    def unlock(self) -> None:
        """A person takes the lock away from whoever holds it."""
        location, root = self.place.location, self.project.root
        with (
            patch.dict(os.environ, self.project.environ),
            closing(open_backend(location, root, label="demo", environ=os.environ)) as state,
        ):
            holder = state.holder()
        if holder is None:
            self.problems.append("nobody holds the lock that is to be broken")
        else:
            self.project.run("state", "unlock", holder.id).ended(0)

    def want(self, seed: int) -> None:
        """The manifest asks for another job."""
        self.project.manifest["jobs"]["bot"]["seed"] = seed
        self.project.save()

    def check(self, paid: int) -> None:
        """So many jobs were ever paid for, and each serial had one writer."""
        made = len(self.box.made("jobs"))
        if made != paid:
            self.problems.append(f"{made} jobs were paid for, not {paid}")
        ops = Counter(r.headers.get("idempotency-key") for r in self.proxy.requests)
        if twice := [op for op, times in ops.items() if op and times > 1]:
            self.problems.append(f"sent twice: {twice}")
        serials = sorted(line["serial"] for c in self.came for line in c.saw("wrote"))
        if serials != list(range(1, len(serials) + 1)):
            self.problems.append(f"serials are not written once each: {serials}")


def crowding() -> float:
    """How many times longer all takes here now: processes that wait for each core, one at least."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def race(arena: Arena, size: int) -> None:
    """All at once: one applies, the others lose; or come late, and find nothing to do."""
    arena.box.fault("latency", method="POST", path=JOBS, seconds=HELD * crowding())
    codes = arena.ended(arena.come(size), 0, 4)
    arena.box.heal()
    if not codes[0]:
        arena.problems.append("nobody won")


def wait_in_line(arena: Arena, size: int) -> None:
    """With `--lock-timeout` each gets its turn; one pays, the others find nothing to do."""
    arena.ended(arena.come(size, "--lock-timeout", "5m"), 0)


def stop(arena: Arena, size: int) -> None:
    """A holder that is stopped amid its create keeps its lock, and ends well when it goes on."""
    holder = held(arena)
    holder.process.send_signal(signal.SIGSTOP)
    arena.ended(arena.come(size - 1), 4)
    holder.process.send_signal(signal.SIGCONT)
    arena.ended([holder], 0)
    arena.box.heal()


def kill(arena: Arena, size: int) -> None:
    """A holder that is killed amid its create leaves a free lock, and an intent to be settled."""
    holder = held(arena)
    holder.process.send_signal(signal.SIGSTOP)  # dead men and sleepers look the same
    holder.process.kill()
    arena.ended([holder], -signal.SIGKILL)
    if not arena.place.frees_the_dead:
        arena.ended(arena.come(size), 4)
        arena.unlock()
    arena.ended(arena.come(size), 0, 4, 5)
    settled(arena)


def break_lock(arena: Arena, size: int) -> None:
    """A holder that sleeps amid its create is taken for dead; when it wakes it writes no more."""
    holder = held(arena)
    holder.process.send_signal(signal.SIGSTOP)
    arena.unlock()
    arena.ended(arena.come(size - 1), 0, 4, 5)
    holder.process.send_signal(signal.SIGCONT)
    arena.ended([holder], 4)
    settled(arena)


def cut(arena: Arena, size: int) -> None:
    """A holder whose connection ends has no lock; it notices at its next write, and stops."""
    holder = held(arena)
    assert arena.place.cut
    arena.place.cut()
    arena.ended(arena.come(size - 1), 0, 4, 5)
    arena.ended([holder], 1, 4)
    settled(arena)


def settled(arena: Arena) -> None:
    """Whatever was begun is found, once a list cannot lack it any more."""
    arena.box.heal()
    arena.box.advance(400)
    arena.ended(arena.come(1), 0)


def held(arena: Arena) -> Contender:
    """A process that holds the lock, with its create under way."""
    arena.box.fault("latency", method="POST", path=JOBS, seconds=HELD * crowding())
    before = arena.box.requests().get(f"POST {JOBS}", 0)
    (holder,) = arena.come(1)
    arena.box.wait_for(f"POST {JOBS}", before + 1)
    return holder


Story = Callable[[Arena, int], None]

ALWAYS: tuple[Story, ...] = (race, wait_in_line, stop, kill)
QUICK: Mapping[str, tuple[Story, ...]] = {"local": ALWAYS, "postgres": (cut,), "s3": (break_lock,)}
"""What the quick profile tries: everything in one place, in the others what is their own."""


def stories(name: str, place: Place, profile: Profile) -> tuple[Story, ...]:
    """What is told in this kind of place."""
    if profile is Profile.QUICK:
        return QUICK[name]
    own = [(break_lock, place.unlocks_the_living), (cut, place.cut is not None)]
    return (*ALWAYS, *(story for story, is_possible in own if is_possible))


@dataclass(frozen=True)
class Bout:
    """Some rounds of every story between so many processes."""

    cases: int
    processes: int
    losers: int
    slowest: float
    violations: list[str]


def run(profile: Profile) -> Result:
    """Every story in every place with every number of processes, again and again."""
    bouts = [bout(name, size, profile) for name in PLACES for size in ROUNDS[profile]]
    violations = [problem for each in bouts for problem in each.violations]
    losers = sum(each.losers for each in bouts)
    if not losers:
        violations.append("nobody ever lost: nothing was shown")
    figures = {
        "processes": sum(each.processes for each in bouts),
        "losers": losers,
        "s until the slowest of them was told": round(max(b.slowest for b in bouts), 2),
    }
    cases = sum(each.cases for each in bouts)
    return Result("T8", "processes on one state", cases, figures, violations)


def bout(name: str, size: int, profile: Profile) -> Bout:
    """So many processes at a place."""
    violations: list[str] = []
    with arena(PLACES[name]) as found:
        told = stories(name, found.place, profile) * ROUNDS[profile][size]
        for number, story in enumerate(told):
            found.want(number)
            story(found, size)
            found.check(paid=number + 1)
            where = f"{name}, {size} processes, story {number}, {story.__name__}"
            violations += [f"{where}: {problem}" for problem in found.problems]
            found.problems.clear()
        losers = sum(len(contender.saw("refused")) for contender in found.came)
        return Bout(len(told), len(found.came), losers, found.slowest, violations)


@contextmanager
def arena(place: Callable[[Path], AbstractContextManager[Place]]) -> Iterator[Arena]:
    """A fresh project at a fresh server, with its state in this kind of place."""
    with TemporaryDirectory() as folder, sandbox() as box, place(Path(folder)) as there:
        made = project(Path(folder, "demo"), state={"backend": there.location})
        made.environ |= there.environ
        with Proxy(int(box.server.base_url.split(":")[2].partition("/")[0])) as proxy:
            Sandbox(Embedded(proxy.base_url), box.pool).serves(made)
            yield Arena(made, there, box, proxy)
