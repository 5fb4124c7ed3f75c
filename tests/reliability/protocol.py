"""The protocol of a paid create as a small model: the states, and what is assumed of the world.

One job is wanted. Processes try to make it; each may die between any two steps, replies get lost,
lists lag, the lock may break, the state may vanish. `protocol_steps` says what may happen next,
`protocol_model` walks every reachable state, and `trace` checks that what the real code did is a
path from step to step.
"""

from enum import IntEnum, auto
from typing import NamedTuple


class Request(IntEnum):
    """What became of the one request of an op."""

    UNSENT = auto()
    FLYING = auto()
    MADE = auto()
    ENDED = auto()
    """The job was made, and failed or was cancelled: it does not count any more."""
    VOID = auto()
    """Nothing was made: it was refused, or arrived nowhere."""


class Op(NamedTuple):
    """One try to create the job.

    Attributes:
        intent, record: what the disk holds of it.
        is_late: `not_after` is over.
        is_ripe: and `settle` after it.
        is_due: `settle` is over since its request was sent, or a list showed it already.
        is_stray: its request was sent after `not_after`.
    """

    id: int
    intent: bool = False
    record: bool = False
    request: Request = Request.UNSENT
    is_late: bool = False
    is_ripe: bool = False
    is_due: bool = False
    is_stray: bool = False

    @property
    def is_made(self) -> bool:
        """Whether lists may show it."""
        return self.request in (Request.MADE, Request.ENDED)

    @property
    def is_open(self) -> bool:
        """Whether there may be a job of it that no list shows yet."""
        return (self.is_made or self.request is Request.FLYING) and not self.is_due


class At(IntEnum):
    """Where a process is in its run."""

    OUT = auto()
    LOCKED = auto()
    LOADED = auto()
    LISTED = auto()
    READY = auto()
    """It has looked, and does one thing after the other."""
    DIALLED = auto()
    BEGUN = auto()
    CHECKED = auto()
    SENT = auto()
    MADE = auto()
    REFUSED = auto()
    DOUBT = auto()
    OVER = auto()


class Run(NamedTuple):
    """One process under the lock, or one that lost it without noticing.

    Attributes:
        op: the create under way.
        wanted: how many jobs its manifest asks for.
        pending: intents that it knows, loaded or its own.
        held: jobs that it knows, recorded by it or before.
        seen: jobs that its last whole list showed.
        ripe: the intents that were old enough when that list was begun.
        is_quiet: the state was lost, and lists may not show yet what it knew.
        is_fenced: another process has loaded the state since.
    """

    who: str
    at: At = At.OUT
    op: int = 0
    wanted: int = 1
    pending: frozenset[int] = frozenset()
    held: frozenset[int] = frozenset()
    seen: frozenset[int] = frozenset()
    ripe: frozenset[int] = frozenset()
    is_quiet: bool = False
    is_fenced: bool = False


class Disk(IntEnum):
    """What is special about the stored state as a whole."""

    NEW = auto()
    """There is no checkpoint yet."""
    KNOWN = auto()
    QUIET = auto()
    """It was lost: nothing is paid for until `settle` after the first look."""
    OLD = auto()
    """A backup was put back, and nobody has loaded it yet."""


class Luck(NamedTuple):
    """How often each misfortune may still happen."""

    crashes: int = 0
    losses: int = 0
    refusals: int = 0
    odd_lists: int = 0
    breaks: int = 0
    lost_states: int = 0
    restores: int = 0
    ends: int = 0
    edits: int = 0


class State(NamedTuple):
    """Everything: disk, endpoint, network, processes, and the misfortunes that are left.

    `has_past`: lists show something of this owner, whatever the disk knows.
    """

    ops: tuple[Op, ...] = ()
    runs: tuple[Run, ...] = ()
    holder: str = ""
    wanted: int = 1
    disk: Disk = Disk.NEW
    has_past: bool = False
    luck: Luck = Luck()


class Protocol(NamedTuple):
    """The rules that a process keeps. All of them are ours; without any one it pays twice."""

    locks_before_load: bool = True
    writes_intent: bool = True
    intent_blocks: bool = True
    looks_before_create: bool = True
    waits_settle: bool = True
    dates_list_by_its_begin: bool = True
    needs_whole_list: bool = True
    keeps_quiet: bool = True
    dials_first: bool = True
    checks_time: bool = True
    sends_once: bool = True
    clears_by_evidence: bool = True
    fences: bool = True
    forgets_listed_only: bool = True


class World(NamedTuple):
    """What is assumed of everything around the processes.

    Attributes:
        most: so many jobs a manifest asks for.
        lists_in_time: lists show a job from `settle` after its request on, at the latest.
        never_sleeps: no process stands still between its last check and the first byte until
            `not_after` is over: there is nothing between the two that takes time.
        shows_past: when a state is lost, lists show something of its owner.
        restores_late: a backup is put back only when `settle` is over since the last request.
    """

    processes: tuple[str, ...] = ("p", "q")
    most: int = 1
    lists_in_time: bool = True
    never_sleeps: bool = True
    shows_past: bool = True
    restores_late: bool = True


class Step(NamedTuple):
    """One action, whose it is, and of which op (of `want`: how many jobs).

    `ops` are the jobs that a list showed.
    """

    action: str
    who: str = ""
    op: int = 0
    ops: frozenset[int] = frozenset()
