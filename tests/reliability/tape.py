"""Recorded runs, the disks that a power loss makes of them, and what those disks must say."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from reconciler.backends import Backend, Holder, Stored, open_backend
from reconciler.core.state import State
from reconciler.errors import ReconcilerError
from tests.reliability.crash_points import Play
from tests.reliability.ground import Ground
from tests.support.lossy_disk import Disk, Scratch, losses
from tests.support.op_log import Op, recorded

PROMISE, SENT = "promise", "sent "
MINE = Holder("7c1e04", "ci", "runner-12", 4411, "2026-11-23T14:02:07Z", "apply")

Judge = Callable[[Path, Sequence[str]], str]
"""What is wrong with the state in a folder, after what was noted; or nothing."""


@dataclass(frozen=True)
class Tape:
    """A recorded run: the disk before it, the inode of its folder, what it did, and its judge."""

    name: str
    start: Disk
    top: int
    ops: Sequence[Op]
    judge: Judge

    def verdicts(self, scratch: Scratch) -> Iterator[str]:
        """One for each different disk that a power loss can leave; empty where all is well."""
        seen: set[object] = set()
        for length, disks in losses(self.start, self.ops):
            notes = [op.name for op in self.ops[:length] if op.verb == "note"]
            for disk in disks:
                key = len(notes), disk.key
                if key not in seen:
                    seen.add(key)
                    scratch.lay_out(disk, self.top)
                    problem = self.judge(scratch.root, notes)
                    yield self._told(length, problem) if problem else ""

    def _told(self, length: int, problem: str) -> str:
        last = self.ops[length - 1] if length else "the start"
        return f"{self.name}: power lost after {length} operations, the last {last}: {problem}"

    def without(self, is_left_out: Callable[[Op], bool]) -> "Tape":
        """The same run, if it had left these operations out."""
        return replace(self, ops=[op for op in self.ops if not is_left_out(op)])

    @property
    def mutants(self) -> "Mapping[str, Tape]":
        """Runs that leave out what this one needs; each must be found out."""
        return {
            "the fsync of files": self.without(lambda op: op.verb == "sync" and not op.is_folder),
            "the fsync of folders": self.without(lambda op: op.verb == "sync" and op.is_folder),
            "the order of a checkpoint": self._dropped_early(),
        }

    @property
    def without_one(self) -> "Mapping[str, Tape]":
        """Runs that leave out one sync each."""
        syncs = [place for place, op in enumerate(self.ops) if op.verb == "sync"]
        return {
            f"the sync {place} of {self.name}": replace(
                self, ops=[*self.ops[:place], *self.ops[place + 1 :]]
            )
            for place in syncs
        }

    def _dropped_early(self) -> "Tape":
        """The journal is dropped before the document that holds it has its name for good."""
        places = (n for n, op in enumerate(self.ops) if op.verb == "unname")
        place = next(n for n in places if self.ops[n].name.endswith(".journal"))
        early = [self.ops[place], self.ops[place - 1]]
        return replace(self, ops=[*self.ops[: place - 1], *early, *self.ops[place + 1 :]])


def letters_tape(root: Path, torn: bytes) -> Tape:
    """Two runs of a backend alone, each of some steps; an earlier one left a torn journal."""
    (root / "state").mkdir(parents=True) if torn else root.mkdir()
    if torn:
        (root / "state/x.journal").write_bytes(torn)
    start = Disk.at(root)
    with recorded(root) as recorder:
        spell(open_backend("state/x.json", root), lambda: recorder.note(PROMISE))
    return Tape(f"letters after {torn!r}", start, root.stat().st_ino, recorder.ops, letters_told)


def spell(backend: Backend, promise: Callable[[], None]) -> None:
    """Two applies, each of some steps and checkpoints; every step says one more letter."""
    letters, serial = history(backend.load()), 0
    for steps in ("aaCaC", "aCa"):
        with backend.lock(MINE):
            for step in steps:
                if step == "C":
                    serial += 1
                    backend.checkpoint(b"%d:%s" % (serial, letters), serial)
                else:
                    letter = b"%c" % (ord("a") + len(letters))
                    backend.append(b"%d:%s" % (serial, letter))
                    letters += letter
                promise()


SAID = [b"", b"a", b"ab", b"ab", b"abc", b"abc", b"abcd", b"abcd", b"abcde"]
"""What the run has been promised after each of its steps."""


def history(stored: Stored) -> bytes:
    """What a state says, one letter a step: document `SERIAL:LETTERS`, lines `SERIAL:LETTER`."""
    serial, _, letters = (stored.document or b"0:").partition(b":")
    if not serial.isdigit():
        raise ValueError(f"the document is unreadable: {stored.document!r}")
    for line in stored.journal:
        of, _, letter = line.partition(b":")
        if not of.isdigit() or len(letter) != 1:
            raise ValueError(f"a line is unreadable: {line!r}")
        letters += letter if of == serial else b""
    return letters


def letters_told(folder: Path, notes: Sequence[str]) -> str:
    """It says what was promised, or one step more."""
    allowed = {SAID[len(notes)], SAID[min(len(notes) + 1, len(SAID) - 1)]}
    try:
        found = history(open_backend("state/x.json", folder).load())
    except (ValueError, ReconcilerError) as error:
        return str(error)
    return "" if found in allowed else f"{found!r} is none of {allowed}"


def apply_tape(here: Ground, play: Play) -> Tape:
    """A whole apply; whenever a create comes to the endpoint, that is noted."""
    here.go_back(play.start)
    here.run(("validate",)).ended(0)  # keeps the manifest: a write that nobody waits for
    root, address_of = here.project.root, {}
    start, before = Disk.at(root), here.state
    with recorded(root) as recorder:

        def told(op: str) -> None:
            recorder.note(SENT + op)
            address_of[op] = here.state.pending[op].address

        here.door.told = told
        here.run(play.scenario.command).ended(0)
        here.door.told = None
    records = here.state.records
    made = {op: records[address].id for op, address in address_of.items()}
    judge = partial(sent_is_known, here, before, made)
    return Tape(f"apply of {play.name}", start, root.stat().st_ino, recorder.ops, judge)


def sent_is_known(
    here: Ground, before: State, made: Mapping[str, str], folder: Path, notes: Sequence[str]
) -> str:
    """The state can be read, is no older than before, and knows of all that was sent."""
    try:
        state = here.state_in(folder)
    except ReconcilerError as error:
        return f"it cannot be read: {error.what}"
    if before.serial and (state.serial < before.serial or state.lineage != before.lineage):
        return f"{before.lineage} {before.serial} became {state.lineage} {state.serial}"
    sent = [note.removeprefix(SENT) for note in notes]
    lost = [op for op in sent if op not in state.pending and made[op] not in state.held]
    return f"it does not know of what was sent: {lost}" if lost else ""
