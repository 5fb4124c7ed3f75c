"""T10: valid inputs made wrong by bytes, tokens and structure; only declared errors come of them.

The same seed gives the same inputs. Whatever was once found stands in `corpora/fuzz.jsonl`, and is
read by the tests for good.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.reliability.fuzz_worker import MOST_MEMORY, MOST_SECONDS
from tests.reliability.report import Profile, Result
from tests.reliability.targets import TARGETS

ROOT = Path(__file__).parents[2]
REGRESSIONS = Path(__file__).parent / "corpora" / "fuzz.jsonl"

SEED = 1
INPUTS: Mapping[Profile, int] = {
    Profile.QUICK: 1_000,
    Profile.FULL: 100_000,
    Profile.LONG: 2_000_000,
}
AT_ONCE = 2
CHUNK = 4_000
"""Inputs of one process: what it remembers of them must not add up to anything."""
PATIENCE = 1_200.0
"""Seconds for one process."""

Part = tuple[str, int, int]
"""A target, the number of its first input, and that after its last one."""


@dataclass
class Found:
    """What came of many inputs."""

    cases: int = 0
    taken: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    memory: int = 0
    violations: list[str] = field(default_factory=list)


def run(profile: Profile, seed: int = SEED) -> Result:
    """As many inputs as the profile has, shared out over the targets."""
    found = Found()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for output in pool.map(lambda parts: worked(seed, parts), jobs(INPUTS[profile])):
            for line in output:
                gather(found, seed, line)
    figures = {
        "targets": len(TARGETS),
        "taken": sum(found.taken.values()),
        f"s of {MOST_SECONDS:.0f} for the slowest": round(found.slowest, 2),
        f"MiB of {MOST_MEMORY >> 20}": found.memory >> 20,
    }
    idle = [f"no input of {name} is taken" for name in TARGETS if not found.taken[name]]
    return Result("T10", "inputs made wrong", found.cases, figures, [*found.violations, *idle])


def jobs(inputs: int) -> list[list[Part]]:
    """The parts of each process: for few inputs as many processes as run at once."""
    parts = list(parted(inputs))
    return [parts[n::AT_ONCE] for n in range(AT_ONCE)] if inputs < CHUNK else [[p] for p in parts]


def parted(inputs: int) -> Iterator[Part]:
    """The share of each target, in pieces."""
    for name, target in TARGETS.items():
        stop = inputs * target.share // 100
        for start in range(0, stop, CHUNK):
            yield name, start, min(stop, start + CHUNK)


def worked(seed: int, parts: Sequence[Part]) -> list[tuple[str, str]]:
    """Each input of these, and what its process said of it, or of what it died."""
    words = [f"{name}:{start}:{stop}" for name, start, stop in parts]
    command = [sys.executable, "-m", "tests.reliability.fuzz_worker", str(seed), *words]
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        said, died = done.stdout, done.stderr.strip()[-300:] if done.returncode else ""
    except subprocess.TimeoutExpired as late:
        said, died = (late.stdout or b"").decode(), f"it hung for {PATIENCE:.0f} s"
    lines = said.splitlines()
    if died:
        lines += [*([""] if len(lines) % 2 == 0 else []), json.dumps({"died": died})]
    return list(zip(lines[::2], lines[1::2], strict=True))


def gather(found: Found, seed: int, line: tuple[str, str]) -> None:
    """Count one input."""
    name, _, number = line[0].partition(" ")
    told = json.loads(line[1])
    found.cases += 1
    found.taken[name] += told.get("taken", False)
    found.slowest = max(found.slowest, told.get("seconds", 0.0))
    found.memory = max(found.memory, told.get("memory", 0))
    if wrong := told.get("wrong") or told.get("died"):
        part = f"{name}:{number}:{int(number or 0) + 1}"
        again = f"python -m tests.reliability.fuzz_worker {seed} {part}"
        found.violations.append(f"{name} {number}: {wrong}; again: {again}")
