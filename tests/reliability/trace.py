"""Whether what really happened is a path of the protocol's model: `check`.

A trace tells of many jobs; the model of one. So each job that a trace tells of, by owner, spec and
generation, is followed through the model by itself. What a trace need not tell (whether a request
without an answer arrived) is tried both ways; what cannot be explained at all is no path.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from reconciler.core.entries import Begin
from reconciler.core.state import State, replay
from tests.reliability.protocol import At, Disk, Luck, Op, Protocol, Step, World
from tests.reliability.protocol import State as Place
from tests.reliability.protocol_steps import ACTIONS
from tests.support.events import Event, Key, Trace, What

ANY_LUCK = Luck(*[10**9] * len(Luck._fields))
MOST = 9
"""Jobs of one spec and generation that a manifest may ask for."""

HIDDEN = ("make", "drop")
"""Steps that a trace need not tell of."""

LAST = 80
"""Lines of the story that a failure tells."""


class NotAPath(AssertionError):
    """The model allows nothing of what happened next."""


def check(trace: Trace) -> Counter[str]:
    """How often each action of the model was seen.

    Raises:
        NotAPath: with what happened to the job that it is about, and where it might have been.
    """
    seen: Counter[str] = Counter()
    for key in sorted(set(trace.keys.values())):
        path = Path(trace, key)
        for event in trace.events:
            path.see(event)
        seen.update(path.seen)
    return seen


@dataclass
class Path:
    """One job's way through the model.

    Attributes:
        places: where it may be now: more than one while something is in doubt.
        names: op → its number in the model.
        ends: op → until when it may be sent; `sent` → when it was.
        disk: what the state of its owner holds.
        dialled: process → connections without a request.
        doubts: process → the op, of any job, whose object it looks for.
    """

    trace: Trace
    key: Key
    places: set[Place] = field(default_factory=lambda: {Place(wanted=0, luck=ANY_LUCK)})
    names: dict[str, int] = field(default_factory=dict)
    ends: dict[str, int | None] = field(default_factory=dict)
    sent: dict[str, int] = field(default_factory=dict)
    disk: State = field(default_factory=lambda: State("", ""))
    dialled: Counter[str] = field(default_factory=Counter)
    doubts: dict[str, str] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        runs = {event.who for event in self.trace.events if event.owner == self.key.owner}
        self.rules = Protocol(keeps_quiet=self.trace.settle > 0)
        self.world = World(processes=tuple(runs), most=MOST)

    def see(self, event: Event) -> None:
        """Go one event further, if it touches this job."""
        op = event.op or self.trace.ops.get(event.id, "")
        is_own = self.trace.keys.get(op) == self.key or not (event.op or event.id)
        if is_own and event.owner in ("", self.key.owner):
            self.pass_time(event.at)
            self.told.append(f"{event.at} {event.who} {event.what} {op} {event.entry or ''}")
            if op and op not in self.names:
                self.keep(set())  # there is no intent of it
            elif follow := FOLLOW.get(event.what):
                follow(self, event)
            else:
                self.go(Step(PLAIN[event.what], event.who, self.names.get(op, 0)))
        elif event.what is What.NO_ANSWER:
            self.doubts[event.who] = event.op

    def want(self, event: Event) -> None:
        """The manifest asks for so many."""
        count = (event.wanted or {}).get(self.key, 0)
        if {place.wanted for place in self.places} != {count}:
            self.go(Step("want", op=count))

    def load(self, event: Event) -> None:
        """The state is what was written to it, and the process knows it."""
        self.disk = event.state or self.disk
        self.go(Step("load", event.who))
        pending, held = self.known(self.disk)
        self.told.append(f"    it holds the intents of {set(pending)}, the jobs of {set(held)}")
        self.keep(
            {
                place
                for place in self.places
                for run in place.runs
                if run.who == event.who and (run.pending, run.held) == (pending, held)
            }
        )

    def list(self, event: Event) -> None:
        """A list that is read to plan, or to look for what is in doubt."""
        seen = self.numbers(self.trace.ops.get(id_, "") for id_ in event.jobs)
        is_whole, who = event.what is What.LIST, event.who
        if doubt := self.doubts.pop(who, ""):
            if op := self.names.get(doubt, 0):
                self.go(Step("look_for", who, op, seen) if is_whole else Step("keep", who, op))
        else:
            self.go(Step("look", who, ops=seen) if is_whole else Step("odd_look", who))

    def dial(self, event: Event) -> None:
        """For whom it was is only known when something is sent on it."""
        self.dialled[event.who] += 1

    def send(self, event: Event) -> None:
        """It was asked whether it is in time; with a yes it is sent at once."""
        self.sent[event.op] = event.at
        self.go(Step("check", event.who, self.names[event.op]))
        self.go(Step("send", event.who, self.names[event.op]))

    def no_answer(self, event: Event) -> None:
        """Whether it was carried out or not."""
        self.doubts[event.who] = event.op
        op = self.names[event.op]
        self.seen["drop"] += event.op not in self.trace.ops.values()
        self.go(Step("lose", event.who, op), Step("time_out", event.who, op))

    def made(self, event: Event) -> None:
        """The world tells that it was carried out."""
        op = self.names[event.op]
        self.keep({place for place in self.possible() if _op(place, op).is_made})
        self.seen["make"] += 1

    def write(self, event: Event) -> None:
        """An entry is durable."""
        if event.entry:
            after = replay(self.disk, [event.entry])
            self.change(event.who, after, is_begin=isinstance(event.entry, Begin))

    def change(self, who: str, after: State, *, is_begin: bool) -> None:
        """What an entry changed of what the state knows of this job."""
        self.name(after)
        (pending, held), (pending_now, held_now) = self.known(self.disk), self.known(after)
        self.disk = after
        is_dialled = is_begin and self.dialled[who] > 0
        self.dialled[who] -= is_dialled
        for op in pending_now - pending:
            if is_dialled:
                self.go(Step("dial", who))
            self.go(Step("begin", who, op))
        for op in pending - pending_now:
            if op not in held_now and self.is_begun(who, op):
                self.go(Step("unsent", who, op))
            ways = ("put", "find") if op in held_now else ("close", "clear")
            self.go(*(Step(way, who, op) for way in ways))
        for op in held_now - held - pending:
            self.go(Step("adopt", who, op))
        for op in held - held_now:
            self.go(Step("forget", who, op))

    def is_begun(self, who: str, op: int) -> bool:
        """Whether this run has announced it and sent nothing; only what it writes tells that."""
        runs = [run for place in self.places for run in place.runs if run.who == who]
        return any(run.at is At.BEGUN and run.op == op for run in runs)

    def name(self, state: State) -> None:
        """Give new intents their numbers in the model."""
        for op, intent in state.pending.items():
            if self.trace.keys.get(op) == self.key and op not in self.names:
                self.names[op] = len(self.names) + 1
                self.ends[op] = intent.not_after

    def checkpoint(self, event: Event) -> None:
        """The first one of a state; later ones say what is known already."""
        self.disk = event.state or self.disk
        if any(place.disk is Disk.NEW for place in self.places):
            self.go(Step("checkpoint", event.who))

    def put_back(self, event: Event) -> None:
        """The disk holds something else than what was written last."""
        self.disk = event.state or State("", "")
        self.go(Step("restore" if event.state else "lose_state"))
        pending, held = self.known(self.disk)
        for op in pending:
            self.go(Step("recall_intent", op=op))
        for op in held:
            self.go(Step("recall_record", op=op))

    def leave(self, event: Event) -> None:
        """A run ends."""
        self.doubts.pop(event.who, None)
        self.dialled.pop(event.who, None)
        ways = ("crash",) if event.what is What.DIE else ("unlock", "give_up")
        self.go(*(Step(way, event.who) for way in ways))

    def pass_time(self, now: int) -> None:
        """What is over by now."""
        settle = self.trace.settle
        for op, number in self.names.items():
            end, sent = self.ends[op], self.sent.get(op)
            if end is not None and now >= end:
                self.once(Step("expire", op=number), "is_late")
            if sent is not None and now >= sent + settle:
                self.fall_due(number)
            if end is not None and now >= end + settle:
                self.once(Step("ripen", op=number), "is_ripe")
        is_quiet = any(place.disk is Disk.QUIET for place in self.places)
        if is_quiet and now >= (self.disk.quiet_until or 0):
            self.go(Step("quiet_over"))

    def once(self, step: Step, flag: str) -> None:
        """A step of time, where it was not taken yet."""
        if not all(getattr(_op(place, step.op), flag) for place in self.places):
            self.go(step)

    def fall_due(self, number: int) -> None:
        """By now the request arrived, and lists show what it made; or it never will."""
        after = set[Place]()
        for place in self.possible() if any(_op(p, number).is_open for p in self.places) else ():
            op = _op(place, number)
            steps = ACTIONS["due"](place, self.rules, self.world)
            after |= {next_ for step, next_ in steps if step.op == number}
            after |= set() if op.is_open else {place}
        if after:
            self.seen["due"] += 1
            self.keep(after)

    def go(self, *ways: Step) -> None:
        """Every step of these that the model allows."""
        after = set[Place]()
        for place in self.possible():
            for way in ways:
                for step, next_ in ACTIONS[way.action](place, self.rules, self.world):
                    if step == way:
                        after.add(next_)
                        self.seen[way.action] += 1
        self.told.append("    " + " or ".join(f"{way.action}({way.op or ''})" for way in ways))
        self.keep(after)

    def possible(self) -> set[Place]:
        """Where it may be, given what a trace need not tell."""
        places, todo = set(self.places), [*self.places]
        while todo:
            place = todo.pop()
            for action in HIDDEN:
                for _, after in ACTIONS[action](place, self.rules, self.world):
                    if after not in places:
                        places.add(after)
                        todo.append(after)
        return places

    def keep(self, places: set[Place]) -> None:
        """Only these are possible."""
        if not places:
            story = "\n".join([*self.told[-LAST:], *map(str, self.places)])
            raise NotAPath(f"no path of the model: {self.key}\n{story}")
        self.places = places

    def known(self, state: State) -> tuple[frozenset[int], frozenset[int]]:
        """The ops whose intents it holds, and those whose jobs it holds."""
        held = [self.trace.ops.get(id_, "") for id_ in state.held]
        return self.numbers(state.pending), self.numbers(held)

    def numbers(self, ops: Iterable[str]) -> frozenset[int]:
        """The model's names of those ops that are of this job."""
        return frozenset(self.names[op] for op in ops if op in self.names)


def _op(place: Place, number: int) -> Op:
    return next(op for op in place.ops if op.id == number)


PLAIN = {
    What.LOCK: "lock",
    What.BROKEN: "break_lock",
    What.ANSWER: "answer",
    What.REFUSED: "refuse",
    What.UNSENT: "unsent",
    What.CANCEL: "retire",
    What.ENDED: "end",
}
"""Events that are one step each."""

FOLLOW: Mapping[What, Callable[[Path, Event], None]] = {
    What.WANT: Path.want,
    What.LOAD: Path.load,
    What.LIST: Path.list,
    What.ODD_LIST: Path.list,
    What.DIAL: Path.dial,
    What.SEND: Path.send,
    What.NO_ANSWER: Path.no_answer,
    What.MADE: Path.made,
    What.WRITE: Path.write,
    What.CHECKPOINT: Path.checkpoint,
    What.LOST: Path.put_back,
    What.RESTORED: Path.put_back,
    What.UNLOCK: Path.leave,
    What.DIE: Path.leave,
}
"""And those that are more than that."""
