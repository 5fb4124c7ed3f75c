"""What happened between runs, their states and the endpoint: a list of events.

`record` fills a `Trace` from outside of the product, and `reliability.trace` checks that it is a
path of the protocol's model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from reconciler.backends import Stored
from reconciler.core.entries import Begin, Entry
from reconciler.core.resource import Desired
from reconciler.core.state import State
from reconciler.kinds.job_answer import PREFIX

Body = dict[str, Any]
_MARKS = ("owner", "fingerprint", "attempt", "op")


class What(StrEnum):
    """What happened."""

    WANT = "want"
    LOCK = "lock"
    BROKEN = "lock broken"
    LOAD = "load"
    LIST = "list"
    ODD_LIST = "odd list"
    DIAL = "dial"
    SEND = "send"
    ANSWER = "answer"
    REFUSED = "refused"
    UNSENT = "unsent"
    NO_ANSWER = "no answer"
    WRITE = "write"
    CHECKPOINT = "checkpoint"
    CANCEL = "cancel"
    UNLOCK = "unlock"
    DIE = "die"
    MADE = "made"
    ENDED = "ended"
    LOST = "state lost"
    RESTORED = "state restored"


class Key(NamedTuple):
    """What a job is paid for: whose, of which spec, in which generation."""

    owner: str
    fingerprint: str
    generation: int


class Event(NamedTuple):
    """One thing that happened.

    Attributes:
        at: Unix seconds at the endpoint; of a list, when it was begun.
        who: the process; empty for what the world did.
        owner: whose state it is; empty where the op or the id tells.
        state: what was loaded, checkpointed or restored.
        jobs: the ids that a list showed.
        wanted: how many jobs of each key a manifest asks for.
    """

    what: What
    at: int
    who: str = ""
    owner: str = ""
    op: str = ""
    id: str = ""
    state: State | None = None
    entry: Entry | None = None
    jobs: tuple[str, ...] = ()
    wanted: Mapping[Key, int] | None = None


class Writing(NamedTuple):
    """Bytes on their way to a disk, and what it means when they are there, one thing at least."""

    data: bytes
    events: tuple[Event, ...]

    @property
    def who(self) -> str:
        """The process that writes."""
        return self.events[0].who

    @property
    def owner(self) -> str:
        """Whose state it is."""
        return self.events[0].owner


class Clock(Protocol):
    """Tells the time at the endpoint."""

    @property
    def now(self) -> float:
        """Unix seconds."""
        ...


def _locked(who: str) -> tuple[What, str]:
    return What.LOCK, who


@dataclass
class Trace:
    """Everything that happened, in order.

    Attributes:
        settle: seconds within which a list may lack a fresh job.
        ops: id of a job → the op of its marker.
        keys: op → what it makes.
        ended: ids of jobs that are known to have failed, to be cancelled or without a model.
    """

    clock: Clock
    settle: int
    events: list[Event] = field(default_factory=list)
    ops: dict[str, str] = field(default_factory=dict)
    keys: dict[str, Key] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    writing: dict[str, Writing] = field(default_factory=dict)
    """process → what it is about to write, or has written and does not know yet."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Trace:
        """What happened once is the past of both; the time goes on with the world's copy."""
        new = self.fork()
        new.clock = memo.get(id(self.clock), self.clock)
        return new

    def fork(self) -> Trace:
        """The same past, and another future."""
        new = copy(self)
        new.events, new.ops, new.keys = [*self.events], {**self.ops}, {**self.keys}
        new.ended, new.writing = {*self.ended}, {**self.writing}
        return new

    def say(self, what: What, *, at: int | None = None, **about: Any) -> None:
        """This happened, now or at another time."""
        self.events.append(Event(what, int(self.clock.now) if at is None else at, **about))

    def want(self, owner: str, desired: Desired, who: str = "") -> None:
        """A run begins that has this manifest; the run of a process, if it has begun already."""
        wanted: dict[Key, int] = {}
        for address, resource in desired.resources.items():
            if address.kind == "jobs":
                key = Key(owner, resource.fingerprint, resource.generation)
                wanted[key] = wanted.get(key, 0) + 1
        event = Event(What.WANT, int(self.clock.now), owner=owner, wanted=wanted)
        locks = [n for n, each in enumerate(self.events) if (each.what, each.who) == _locked(who)]
        self.events.insert(locks[-1] if locks else len(self.events), event)

    @contextmanager
    def written(self, writing: Writing, load: Callable[[], Stored]) -> Iterator[None]:
        """Something is written meanwhile; where that fails, the disk tells whether it is there.

        Nothing that another thread tries after its process died of a write takes that one's place.
        """
        if writing.who in self.writing:
            yield
            return
        self.writing[writing.who] = writing
        try:
            yield
        except Exception:
            self.found(writing.owner, load())
            self.writing.pop(writing.who, None)
            raise
        if self.writing.pop(writing.who, None):
            self.wrote(writing)

    def found(self, owner: str, stored: Stored) -> None:
        """The disk holds this: so whatever of it was about to be written was written."""
        for who, writing in [*self.writing.items()]:
            is_there = writing.data in (*stored.journal, stored.document)
            if writing.owner == owner and is_there:
                del self.writing[who]
                self.wrote(writing)

    def wrote(self, writing: Writing) -> None:
        """It is durable."""
        for event in writing.events:
            if isinstance(event.entry, Begin) and event.entry.intent.address.kind == "jobs":
                intent = event.entry.intent
                key = Key(event.owner, intent.fingerprint, intent.attempt.generation)
                self.keys[intent.op] = key
            self.events.append(event._replace(at=int(self.clock.now)))

    def dies(self, who: str, owner: str, stored: Stored) -> None:
        """A process dies, under the lock or before it has it, and the disk holds this."""
        self.found(owner, stored)
        self.writing.pop(who, None)
        turns = (What.LOCK, What.UNLOCK, What.DIE)
        last = [event.what for event in self.events if event.who == who and event.what in turns]
        if last[-1:] == [What.LOCK]:
            self.say(What.DIE, who=who, owner=owner)

    def marked(self, job: Body) -> str:
        """The op in the marker of a job, and what it makes; empty where it has none."""
        marks = {name: (job.get("metadata") or {}).get(f"{PREFIX}{name}", "") for name in _MARKS}
        if op := marks["op"]:
            generation = int(marks["attempt"].partition(".")[0])
            self.keys[op] = Key(marks["owner"], marks["fingerprint"], generation)
        return str(op)

    def met(self, job: Body, *, is_usable: bool = True) -> str:
        """An answer shows this job: it was made, and has come to nothing, perhaps."""
        id_ = str(job["id"])
        if id_ not in self.ops and (op := self.marked(job)):
            self.ops[id_] = op
            self.say(What.MADE, op=op, id=id_)
        if id_ not in self.ended and (job["status"] in ("failed", "cancelled") or not is_usable):
            self.ended.add(id_)
            self.say(What.ENDED, id=id_)
        return id_
