"""A random walk: two owners in one world, edits, crashes and faults; invariants after each step.

Whoever gives the chances leads the way: a seed (`crash/test_random_walk`), or Hypothesis, which
also finds the shortest history that breaks something (`reliability/state_machine`).
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from reconciler.core.orphans import Sweep
from reconciler.core.plan import Action, Plan, Severity
from reconciler.core.saved_plan import SavedPlan, declared, decode_plan, encode_plan
from reconciler.errors import Locked, Refusal, Unsettled
from tests.support.draft import Draft
from tests.support.invariants import check_always, check_arrived
from tests.support.ledger import (
    OWNERS,
    Actor,
    Before,
    is_ours,
)
from tests.support.outside import LAGS, Outside
from tests.support.stack import SETTLE, Stack
from tests.support.world import Crash, World, die

FAULTS = (
    "lost", "dropped", "refused", "lag", "odd list", "crash", "signal", "stall", "locked out",
    "second user", "plan", "saved plan", "stale plan", "state lost", "state restored", "orphan",
    "file expires", "file deleted", "model deleted",
)  # fmt: skip
STATUSES = ("job succeeded", "job failed", "job cancelled", "job queued", "job warming_up")
ACTIONS = ("CREATE", "REPLACE", "DELETE", "CANCEL", "ADOPT", "FORGET", "WAITING")
"""What has to happen in enough histories: faults, what becomes of jobs, changes of a plan."""

ENOUGH = 2
"""Applies that bring everything to its end once the faults have stopped."""

MOST = 30
"""Side effects of an apply within which it is disturbed."""


class Walk(Outside):
    """One history; the same chances give the same one. Each verb is one thing that may happen."""

    def __init__(self, chance: Random) -> None:
        super().__init__(World(lag=chance.choice(LAGS)), chance)
        start = Draft({"f": "F1", "g": "F2"}, {"a": {"file": "f"}, "b": {"file": "g"}})
        self.actors = [Actor(Stack(self.world, owner=owner), start.copy()) for owner in OWNERS]

    def run(self, steps: int = 14) -> None:
        """Walk, then let the faults stop and see that everything ends well."""
        for _ in range(steps):
            actor = self.chance.choices(self.actors, [4, 1])[0]
            verb = self.chance.choices([*VERBS], [*VERBS.values()])[0]
            verb(self, actor)
        self.end()

    def edit(self, actor: Actor) -> None:
        actor.drafts.append(actor.draft.copy())
        for _ in range(self.chance.choice([1, 1, 2, 3])):
            self.say(actor, actor.draft.edit(self.chance))
        self.say(actor, str(actor.draft))

    def revert(self, actor: Actor) -> None:
        if actor.drafts:
            actor.draft = self.chance.choice(actor.drafts).copy()
            self.say(actor, f"revert to {actor.draft}")

    def change_user(self, actor: Actor) -> None:
        """Somebody else goes on, from a checkout of their own."""
        actor.change_user()
        self.met["second user"] += 1
        self.say(actor, f"has {actor.draft}")

    def lose(self, actor: Actor) -> None:
        """Where no list shows a job of ours yet, nothing could tell that a state was lost."""
        if not any(is_ours(job, actor) for job in self.world.listed(self.world.jobs)):
            return
        self.say(actor, "the state is lost")
        self.met["state lost"] += 1
        actor.stack.lose_state()
        self.forgets(actor)

    def restore(self, actor: Actor) -> None:
        """An old state comes back; within `settle` of a create nothing could tell what it lacks."""
        ours = [body["created_at"] for body in self.world.ever if is_ours(body, actor)]
        if actor.backups:
            self.world.pass_time(max(0, max(ours, default=0) + SETTLE + 1 - self.world.now))
            self.say(actor, "an old state is restored")
            self.met["state restored"] += 1
            actor.stack.restore(self.chance.choice(actor.backups))
            self.forgets(actor)

    def forgets(self, actor: Actor) -> None:
        """What was made until now may be an orphan; what was in doubt is unknown."""
        actor.since = len(self.world.ever)
        doubts, owner = self.world.doubts, str(actor.stack.owner)
        self.world.doubts = {op: doubt for op, doubt in doubts.items() if doubt[0] != owner}

    def plan(self, actor: Actor) -> None:
        """A plan writes and sends nothing, and the apply right after it does what it says."""
        actor.stack.desired = actor.draft.desired()
        stored = actor.stack.disk.load()
        self.world.requests.clear()
        planned = actor.stack.plan()
        assert all(request.startswith("GET") for request in self.world.requests)
        assert stored == actor.stack.disk.load()
        self.say(actor, "plan, and an apply that nothing happens to")
        assert self.undisturbed(actor).changes == planned.changes, "the plan lied"
        self.met["plan"] += 1

    def save_plan(self, actor: Actor) -> None:
        """A plan is kept in a file, and read from it again."""
        actor.stack.desired = actor.draft.desired()
        plan = actor.stack.save_plan()
        actor.plan = decode_plan(encode_plan(plan), shown="the plan")
        self.say(actor, f"saves a plan of {len(plan.grants)} grants")

    def apply_plan(self, actor: Actor) -> None:
        """A saved plan is refused where it is stale; else it pays and destroys no more than it."""
        if (plan := actor.plan) is None:
            return
        stack, desired = actor.stack, actor.draft.desired()
        is_fresh = plan.serial == stack.state.serial and plan.declared == declared(desired)
        sent = self.changes_sent()
        self.try_luck(actor)
        refusal = self.applied(actor, plan)
        self.met["stale plan" if refusal else "saved plan"] += 1
        if refusal:
            assert not is_fresh or stack.state.lineage != plan.lineage, f"refused: {refusal}"
            assert self.changes_sent() == sent, "it was refused, and sent something"

    def apply(self, actor: Actor) -> None:
        """An apply whose replies are lost, perhaps."""
        self.try_luck(actor)
        self.applied(actor)

    def crash(self, actor: Actor) -> None:
        """An apply that dies."""
        self.disturb(actor, "crash", die)

    def signal(self, actor: Actor) -> None:
        """An apply that is asked to stop finishes what is under way, and starts nothing more."""
        sent: list[int] = []

        def ask() -> None:
            actor.stack.is_stopping = True
            sent.append(self.changes_sent())

        self.world.requests.clear()
        self.disturb(actor, "signal", ask)
        actor.stack.is_stopping = False
        assert not sent or self.changes_sent() - sent[0] <= 1, "it went on"

    def stall(self, actor: Actor) -> None:
        """An apply whose machine sleeps."""
        seconds = self.chance.choice([61, SETTLE, 2 * SETTLE])
        self.disturb(actor, "stall", lambda: self.world.pass_time(seconds))

    def meet(self, actor: Actor) -> None:
        """An apply during which a second user tries one: the lock keeps that out."""
        other = actor.stack.another()

        def try_it() -> None:
            requests = len(self.world.requests)
            try:
                other.apply()
            except Locked:
                self.met["locked out"] += 1
            assert len(self.world.requests) == requests, "it was let in"

        self.disturb(actor, "meeting", try_it)

    def sweep(self, actor: Actor) -> None:
        """What a lost state and a shorter manifest leave behind goes; what is held stays."""
        actor.draft.remove_file(self.chance)
        self.lose(actor)
        self.applied(actor)
        self.world.pass_time(2 * SETTLE)
        held, there = actor.stack.state.held.keys(), self.alive()
        actor.stack.sweep = Sweep(allowed=self.chance.choice([(), ("*",), ("*",)]))
        self.disturb(actor, "sweep", self.chance.choice([die, lambda: None]))
        actor.stack.sweep = None
        gone = there - self.alive()
        self.met["orphan"] += len(gone)
        assert not gone & held, f"I7: {gone & held} was no orphan"

    def alive(self) -> set[str]:
        """The ids of all files, and of the jobs that have not ended."""
        return {*self.world.files, *(job["id"] for job in self.world.active())}

    def lose_lists(self, actor: Actor) -> None:
        """An apply to which a list of jobs is odd."""
        self.disturb(actor, "odd lists", lambda: setattr(self.world, "odd_lists", 1))
        self.world.odd_lists = self.chance.choice([0, 1])
        self.applied(actor)
        self.world.odd_lists = 0

    def changes_sent(self) -> int:
        return sum(not request.startswith("GET") for request in self.world.requests)

    def disturb(self, actor: Actor, name: str, then: Callable[[], object]) -> None:
        """An apply with bad luck, and something that happens at one of its side effects."""
        point = self.chance.randrange(MOST)
        self.say(actor, f"{name} at {point} of")
        self.try_luck(actor)

        def happens() -> None:
            self.met[name] += 1
            then()

        with actor.stack.fuse.lit(point, happens):
            self.applied(actor)

    def try_luck(self, actor: Actor) -> None:
        """What becomes of the effects of the next apply."""
        faults = ["ok", "ok", "ok", "lost", "dropped", "refused"]
        luck = self.chance.choice([0, 0, 1, 2, 4])
        self.world.replies = [self.chance.choice(faults) for _ in range(luck)]
        self.say(actor, f"apply, replies {self.world.replies}")

    def applied(self, actor: Actor, plan: SavedPlan | None = None) -> Refusal | None:
        """One apply, with what must hold of any apply; why it was refused, if it was."""
        stack, refused = actor.stack, None
        stack.desired = actor.draft.desired()
        before = Before.of(self.world, actor)
        try:
            changes = stack.apply(plan).changes
            self.log += [f"    {c.action.name} {c.address} {c.id}: {c.reason}" for c in changes]
            self.met.update(change.action.name for change in changes)
        except (Crash, Unsettled) as error:
            self.log.append(f"    ended by {error!r}")
        except Refusal as error:
            self.log.append(f"    {error.what}")
            refused = error
        before.check(self.world, actor, plan)
        check_always(self.world, actor)
        self.world.replies = []
        actor.backups.append(stack.disk.load())
        return refused

    def undisturbed(self, actor: Actor) -> Plan:
        """The plan of an apply that nothing happens to."""
        refused = self.applied(actor)
        assert refused is None, refused
        return actor.stack.planned

    def end(self) -> None:
        """The faults stop; whoever never applied anything has nothing to bring to an end."""
        self.world.replies, self.world.odd_lists = [], 0
        for actor in self.actors:
            if actor.backups:
                self.end_of(actor)

    def end_of(self, actor: Actor) -> None:
        self.say(actor, "the faults stop")
        if actor.stack.disk.document is None:  # the quiet time of a new state begins here
            self.applied(actor)
        self.world.pass_time(2 * SETTLE + 61)
        for job in self.world.active():
            job["status"] = "running"
        for entry in actor.draft.jobs.values():
            entry["protect"] = False
        *plans, last = self.until_quiet(actor)
        open_ = [change for change in last.changes if change.action is not Action.WAITING]
        assert len(plans) <= ENOUGH, f"I6: {[*plans, last]}"
        assert not open_, f"I6: {plans} {open_}"
        assert not last.of(Severity.UNSETTLED, Severity.REFUSED), f"I6: {last.findings}"
        check_arrived(self.world, actor, last)

    def until_quiet(self, actor: Actor) -> list[Plan]:
        """The plans of applies, until one sent only GETs and wrote nothing, or one too many."""
        plans = list[Plan]()
        for _ in range(ENOUGH + 2):
            stored = actor.stack.disk.load()
            self.world.requests.clear()
            plans.append(self.undisturbed(actor))
            is_quiet = all(request.startswith("GET") for request in self.world.requests)
            if is_quiet and stored == actor.stack.disk.load():
                break
        return plans


VERBS: dict[Callable[[Walk, Actor], None], int] = {
    Walk.edit: 26,
    Walk.revert: 6,
    Walk.change_user: 2,
    Walk.plan: 4,
    Walk.save_plan: 3,
    Walk.apply_plan: 4,
    Walk.apply: 22,
    Walk.crash: 10,
    Walk.signal: 3,
    Walk.stall: 3,
    Walk.meet: 1,
    Walk.lose_lists: 2,
    Walk.sweep: 2,
    Walk.job_ends: 7,
    Walk.job_stalls: 3,
    Walk.file_goes: 4,
    Walk.model_goes: 2,
    Walk.wait: 10,
    Walk.change_lag: 2,
    Walk.lose: 2,
    Walk.restore: 2,
}
"""Everything that may happen → how often, of a hundred or so."""
