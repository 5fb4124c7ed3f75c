"""T5: the power fails after each operation, and any of what was not synced may be lost.

Two kinds of run are recorded: one of the backend alone, each of whose steps says a letter more,
and whole applies. What a disk then holds is loaded with the real backend: it must be what was
promised, or one step more, and whatever was sent to the endpoint must stand in it. And a run that
left a sync out must be found out, else all this would show nothing.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.reliability.crash_points import Play
from tests.reliability.ground import ground
from tests.reliability.report import Profile, Result
from tests.reliability.scenarios import SCENARIOS
from tests.reliability.tape import Tape, apply_tape, letters_tape
from tests.support.lossy_disk import Scratch

APPLIES = ("small", "replace", "destroy", "lost state")
"""The scenarios whose whole applies are recorded; the quick profile takes the first."""

CLEAN = "letters after b''"
"""The run whose every single sync is needed."""

FORGIVING = ("apply of destroy", "apply of lost state")
"""Runs that create nothing, so that what the journal lost is found again."""

WHAT = "power loss, every subset of the unsynced"
AGAIN = "make reliability ONLY=T5: it is the same each time"

TORN = (b"0:", b"", b"\0\0\0\0junk\n")
"""What an earlier run left of the journal; the quick profile takes the first."""


def run(profile: Profile) -> Result:
    """Every disk of every run, and of the runs that leave something out."""
    disks, mutants = 0, 0
    violations: list[str] = []
    with TemporaryDirectory() as folder:
        scratch = Scratch(Path(folder, "scratch"))
        for tape in tapes(Path(folder), profile):
            verdicts = list(tape.verdicts(scratch))
            disks += len(verdicts)
            violations += filter(None, verdicts)
            for name, mutant in missing(tape, profile):
                mutants += 1
                if not any(mutant.verdicts(scratch)):
                    violations.append(f"{tape.name}: nobody misses {name}")
    violations = [f"{each}\n  again: {AGAIN}" for each in violations]
    return Result("T5", WHAT, disks, {"runs without a sync, found out": mutants}, violations)


def tapes(folder: Path, profile: Profile) -> Iterator[Tape]:
    """The runs that are recorded."""
    count = 1 if profile is Profile.QUICK else None
    for number, torn in enumerate(TORN[:count]):
        yield letters_tape(folder / f"letters-{number}", torn)
    with ground(folder / "ground") as here:
        for name in APPLIES[:count]:
            yield apply_tape(here, Play.of(here, name, SCENARIOS[name]))


def missing(tape: Tape, profile: Profile) -> Iterator[tuple[str, Tape]]:
    """Runs that leave something out: all syncs of a sort, and beyond the quick profile each one."""
    if tape.name not in FORGIVING:
        yield from tape.mutants.items()
    if profile > Profile.QUICK and tape.name == CLEAN:
        yield from tape.without_one.items()
