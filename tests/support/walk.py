"""A random walk: two owners in one world, edits, crashes and faults; invariants after each step.

Whoever gives the chances leads the way: a seed (`crash/test_random_walk`), or Hypothesis, which
also finds the shortest history that breaks something (`reliability/state_machine`).
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from reconciler.core.plan import Action, Plan, Severity
from reconciler.errors import Locked, Unsettled
from tests.support.draft import Draft
from tests.support.invariants import check_always, check_arrived
from tests.support.ledger import (
    OWNERS,
    Actor,
    Before,
    is_ours,
)
from tests.support.stack import SETTLE, Stack
from tests.support.world import Crash, World, die

FAULTS = (
    "lost", "dropped", "refused", "lag", "odd list", "crash", "signal", "stall", "locked out",
    "second user", "plan", "state lost", "state restored", "job succeeded", "job failed",
    "job cancelled", "job queued", "job warming_up", "file expires", "file deleted",
    "model deleted",
)  # fmt: skip
ACTIONS = ("CREATE", "REPLACE", "DELETE", "CANCEL", "ADOPT", "FORGET", "WAITING")
"""What has to happen in enough histories: faults, and changes of a plan."""

LAGS = (0, 0, 60, SETTLE - 1)
"""Seconds until a list shows what is new."""

MOST = 30
"""Side effects of an apply within which it is disturbed."""


class Walk:
    """One history; the same chances give the same one. Each verb is one thing that may happen."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.world = World(lag=chance.choice(LAGS))
        start = Draft({"f": "F1", "g": "F2"}, {"a": {"file": "f"}, "b": {"file": "g"}})
        self.actors = [Actor(Stack(self.world, owner=owner), start.copy()) for owner in OWNERS]
        self.met = self.world.met
        self.log: list[str] = []

    def run(self, steps: int = 14) -> None:
        """Walk, then let the faults stop and see that everything ends well."""
        for _ in range(steps):
            actor = self.chance.choices(self.actors, [4, 1])[0]
            verb = self.chance.choices([*VERBS], [*VERBS.values()])[0]
            verb(self, actor)
        self.end()

    def say(self, actor: Actor, what: str) -> None:
        self.log.append(f"{self.world.now} {actor.stack.owner}{actor.stack.user}: {what}")

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

    def wait(self, actor: Actor) -> None:
        seconds = self.chance.choice([1, 30, SETTLE, 2 * SETTLE])
        self.say(actor, f"{seconds} s pass")
        self.world.pass_time(seconds)

    def change_lag(self, actor: Actor) -> None:
        self.world.lag = self.chance.choice(LAGS)
        self.say(actor, f"lists lag {self.world.lag} s")

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

    def job_ends(self, actor: Actor) -> None:
        if active := self.world.active():
            job = self.chance.choice(active)
            status = self.chance.choice(["succeeded", "succeeded", "failed", "cancelled"])
            code = "server_error" if status == "failed" else ""
            self.world.finish(job, status, code)
            self.met[f"job {status}"] += 1
            self.say(actor, f"{job['id']} {status}")

    def job_stalls(self, actor: Actor) -> None:
        if active := self.world.active():
            job = self.chance.choice(active)
            job["status"] = self.chance.choice(["queued", "warming_up", "running", "running"])
            self.met[f"job {job['status']}"] += 1
            self.say(actor, f"{job['id']} {job['status']}")

    def file_goes(self, actor: Actor) -> None:
        if self.world.files:
            id_ = self.chance.choice(sorted(self.world.files))
            if self.chance.random() < 0.5:
                self.world.files[id_]["expires_at"] = self.world.now + 20
                self.met["file expires"] += 1
                self.say(actor, f"{id_} will expire")
            else:
                del self.world.files[id_]
                self.met["file deleted"] += 1
                self.say(actor, f"{id_} deleted outside")

    def model_goes(self, actor: Actor) -> None:
        """The model of a job that has ended; of one that ends right before, if there is none."""
        if not self.world.models and (active := self.world.active()):
            self.world.finish(self.chance.choice(active))
        if self.world.models:
            model = self.chance.choice(sorted(self.world.models))
            self.world.models.remove(model)
            self.met["model deleted"] += 1
            self.say(actor, f"{model} deleted outside")

    def plan(self, actor: Actor) -> None:
        """A plan writes and sends nothing, and the apply right after it does what it says."""
        actor.stack.desired = actor.draft.desired()
        stored = actor.stack.disk.load()
        self.world.requests.clear()
        planned = actor.stack.plan()
        assert all(request.startswith("GET") for request in self.world.requests)
        assert stored == actor.stack.disk.load()
        self.say(actor, "plan, and an apply that nothing happens to")
        assert self.applied(actor).changes == planned.changes, "the plan lied"
        self.met["plan"] += 1

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

    def applied(self, actor: Actor) -> Plan:
        """One apply, with what must hold of any apply."""
        stack = actor.stack
        stack.desired = actor.draft.desired()
        before = Before.of(self.world, actor)
        try:
            plan = stack.apply()
            self.log += [
                f"    {c.action.name} {c.address} {c.id}: {c.reason}" for c in plan.changes
            ]
            self.met.update(change.action.name for change in plan.changes)
        except (Crash, Unsettled) as error:
            self.log.append(f"    ended by {error!r}")
        before.check(self.world, actor)
        check_always(self.world, actor)
        self.world.replies = []
        actor.backups.append(stack.disk.load())
        return stack.planned

    def end(self) -> None:
        """The faults stop."""
        self.world.replies, self.world.odd_lists = [], 0
        for actor in self.actors:
            self.end_of(actor)

    def end_of(self, actor: Actor) -> None:
        self.say(actor, "the faults stop")
        self.applied(actor)  # where the state was lost, its quiet time begins here
        self.world.pass_time(2 * SETTLE + 61)
        for job in self.world.active():
            job["status"] = "running"
        for entry in actor.draft.jobs.values():
            entry["protect"] = False
        plans = [self.applied(actor), self.applied(actor)]
        stored = actor.stack.disk.load()
        self.world.requests.clear()
        last = self.applied(actor)
        open_ = [change for change in last.changes if change.action is not Action.WAITING]
        assert not open_, f"I6: {plans} {open_}"
        assert not last.of(Severity.UNSETTLED, Severity.REFUSED), f"I6: {last.findings}"
        assert all(request.startswith("GET") for request in self.world.requests), "I6"
        assert stored == actor.stack.disk.load(), "I6: something was written"
        check_arrived(self.world, actor, last)


VERBS: dict[Callable[[Walk, Actor], None], int] = {
    Walk.edit: 26,
    Walk.revert: 6,
    Walk.change_user: 2,
    Walk.plan: 4,
    Walk.apply: 22,
    Walk.crash: 10,
    Walk.signal: 3,
    Walk.stall: 3,
    Walk.meet: 1,
    Walk.lose_lists: 2,
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
