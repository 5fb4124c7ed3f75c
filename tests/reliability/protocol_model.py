"""T9: every reachable state of the protocol's model, breadth first.

Ours makes one job at most, and from each state steps without a fault lead to the job recorded
and nothing pending. Each rule left out, and each assumption, must make two: else the model could
not fail, or the rule would be for nothing. And what the code does is a path of the model: in
random histories, and where a run lives on after its lock was broken.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.reliability import paths
from tests.reliability.protocol import (
    Disk,
    Luck,
    Op,
    Protocol,
    Request,
    Run,
    State,
    Step,
    World,
)
from tests.reliability.protocol_steps import successors
from tests.reliability.report import Profile, Result

OURS, USUAL = Protocol(), World()

STORIES: Mapping[str, tuple[Luck, Luck]] = {
    "lock": (Luck(1, losses=2), Luck(2, losses=2, refusals=1)),
    "odd list": (Luck(losses=1, odd_lists=1), Luck(1, losses=1, odd_lists=2)),
    "broken lock": (Luck(breaks=1), Luck(2, losses=2, breaks=1)),
    "lost state": (Luck(1, lost_states=1), Luck(2, losses=1, lost_states=1)),
    "restored state": (Luck(1, restores=1), Luck(2, losses=1, restores=1)),
    "edited": (Luck(edits=2), Luck(1, edits=2)),
    "failed": (Luck(1, ends=1), Luck(1, ends=2)),
}
"""What goes wrong, and how often: in the quick profile, in the full one."""

NEEDED = {
    "locks_before_load": "lock",
    "writes_intent": "lock",
    "intent_blocks": "lock",
    "looks_before_create": "lost state",
    "waits_settle": "lock",
    "dates_list_by_its_begin": "lock",
    "needs_whole_list": "odd list",
    "keeps_quiet": "lost state",
    "dials_first": "lock",
    "checks_time": "lock",
    "sends_once": "lock",
    "clears_by_evidence": "lock",
    "fences": "broken lock",
    "forgets_listed_only": "edited",
    "lists_in_time": "lock",
    "never_sleeps": "lock",
    "shows_past": "lost state",
    "restores_late": "restored state",
}
"""Each rule of the protocol and each assumption about the world → where its lack pays twice."""

FAULTS = frozenset(
    {"crash", "break_lock", "drop", "lose", "refuse", "odd_look", "lose_state", "restore", "end"}
)
"""Steps without which everything must come to a good end."""


@dataclass
class Explored:
    """The reachable states, each with the step that led there first."""

    came: dict[State, tuple[Step, State] | None] = field(default_factory=dict)
    steps: int = 0
    actions: set[str] = field(default_factory=set)
    broken: State | None = None
    """The first state with two jobs; nothing is walked beyond it."""
    before: dict[State, list[State]] = field(default_factory=lambda: defaultdict(list))
    """State → those from which a step without a fault leads there."""

    def path(self, state: State) -> list[Step]:
        """How it came to this state."""
        steps: list[Step] = []
        while found := self.came[state]:
            steps.append(found[0])
            state = found[1]
        return steps[::-1]

    def stuck(self) -> Iterator[State]:
        """States from which no steps without a fault lead to a good end."""
        good = {state for state in self.came if is_converged(state)}
        todo = deque(good)
        while todo:
            for state in self.before[todo.popleft()]:
                if state not in good:
                    good.add(state)
                    todo.append(state)
        return (state for state in self.came if state not in good)


def explore(luck: Luck, rules: Protocol = OURS, world: World = USUAL) -> Explored:
    """Walk everything that can happen with this luck, up to the first two jobs."""
    start = State(luck=luck)
    found = Explored({start: None})
    todo = deque([start])
    while todo:
        state = todo.popleft()
        for step, next_ in successors(state, rules, world):
            after = canonical(next_)
            found.steps += 1
            found.actions.add(step.action)
            if step.action not in FAULTS:
                found.before[after].append(state)
            if after not in found.came:
                found.came[after] = step, state
                todo.append(after)
            if jobs(after) > 1:
                found.broken = after
                return found
    return found


def jobs(state: State) -> int:
    """How many jobs were paid for and neither failed nor were cancelled."""
    return sum(op.request is Request.MADE for op in state.ops)


def is_converged(state: State) -> bool:
    """Whether what is wanted is made and recorded, and nothing else is open."""
    made = [op for op in state.ops if op.request is Request.MADE and op.record]
    is_quiet = not state.runs and state.disk is not Disk.QUIET
    return is_quiet and len(made) == len(state.ops) == state.wanted


def canonical(state: State) -> State:
    """The same state without dead ops; ops and processes are named in order."""
    known = {id_ for run in state.runs for id_ in (run.op, *run.pending, *run.held)}
    ops = [op for op in state.ops if _is_alive(op) or op.id in known]
    ids = {op.id: number for number, op in enumerate(ops, 1)}
    runs = sorted(state.runs, key=lambda run: (run.who != state.holder, run.who))
    names = {run.who: name for run, name in zip(runs, USUAL.processes, strict=False)}
    if len(ops) == len(state.ops) and _is_identity(ids) and _is_identity(names):
        return state
    return state._replace(
        ops=tuple(op._replace(id=ids[op.id]) for op in ops),
        runs=tuple(_renamed(run, names[run.who], ids) for run in runs),
        holder=names.get(state.holder, ""),
    )


def _is_alive(op: Op) -> bool:
    return op.intent or op.record or op.request in (Request.FLYING, Request.MADE)


def _is_identity(names: Mapping[Any, Any]) -> bool:
    return all(name == new for name, new in names.items())


def _renamed(run: Run, who: str, ids: Mapping[int, int]) -> Run:
    def those(names: frozenset[int]) -> frozenset[int]:
        return frozenset(ids[name] for name in names if name in ids)

    return run._replace(
        who=who,
        op=ids.get(run.op, 0),
        pending=those(run.pending),
        held=those(run.held),
        seen=those(run.seen),
        ripe=those(run.ripe),
    )


HISTORIES = {Profile.QUICK: 10, Profile.FULL: 1_000, Profile.LONG: 20_000}
"""Random histories that are checked to be paths of the model."""


def run(profile: Profile) -> Result:
    """Ours in every story; without each rule and each assumption; and the paths of the code."""
    lucks = {name: pair[profile > Profile.QUICK] for name, pair in STORIES.items()}
    states, violations = 0, []
    for name, luck in lucks.items():
        found = explore(luck)
        states += len(found.came)
        violations += [f"{name}: {text}" for text in judged(found)]
    for name, story in NEEDED.items():
        if explore(lucks[story], *without(name)).broken is None:
            violations.append(f"without `{name}` nothing is paid twice")
    taken, stray, unseen = paths.taken(HISTORIES[profile])
    violations += stray
    if profile > Profile.QUICK:
        violations += [f"no history takes the step `{name}`" for name in unseen]
    figures = {
        "states": states,
        "weaker protocols that pay twice": len(NEEDED),
        "histories that are paths": taken - len(stray),
        "steps that none takes": len(unseen),
    }
    cases = len(lucks) + len(NEEDED) + taken
    return Result("T9", "the protocol's model", cases, figures, violations)


def without(name: str) -> tuple[Protocol, World]:
    """Ours without one rule, or in a world without one assumption."""
    change: dict[str, Any] = {name: False}
    if name in Protocol._fields:
        return OURS._replace(**change), USUAL
    return OURS, USUAL._replace(**change)


def judged(found: Explored) -> Iterator[str]:
    """What is wrong with what was explored."""
    if found.broken:
        yield f"two jobs after {told(found.path(found.broken))}"
    else:
        for state in found.stuck():
            yield f"no way on after {told(found.path(state))}"


def told(steps: Iterable[Step]) -> str:
    """A path for people."""
    return " ".join(f"{step.action}({step.who or step.op or ''})" for step in steps)
