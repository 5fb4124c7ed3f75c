"""A random walk: two owners in one world, edits, crashes and faults; invariants after each step.

The world's ledger is the oracle. What it must show:

I1  at most one unfinished or successful job an (owner, address, fingerprint, generation, try), and
    no run is paid for while as many stand as the manifest asks for.
I2  an object made since the state was last lost is recorded, deposed or pending, or has ended.
I3  an id is in exactly one of records and deposed.
I5  an intent leaves the journal by evidence alone.
I6  when the faults stop, two applies end with nothing to do, and the next sends only GETs.
I7  nothing of another owner is touched; no run is cancelled while it is asked for; no file is
    deleted while an unfinished run reads it.
"""

from __future__ import annotations

from collections import Counter
from random import Random

from reconciler.core.plan import Action, Plan, Severity
from reconciler.core.state import State
from reconciler.kinds.file import file_marker
from tests.support.draft import Draft
from tests.support.ledger import (
    OWNERS,
    Actor,
    Before,
    is_ours,
    is_worth_its_money,
    made,
    mark_of,
    spec_of,
    wanted_by,
)
from tests.support.stack import SETTLE, Stack
from tests.support.world import ENDED, World


class Walk:
    """One history; the same seed gives the same one."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.chance = Random(seed)
        lag = self.chance.choice([0, 0, 60, SETTLE - 1])
        self.world = World(lag=lag, chance=Random(seed))
        start = Draft({"f": "F1", "g": "F2"}, {"a": {"file": "f"}, "b": {"file": "g"}})
        self.actors = [Actor(Stack(self.world, owner=owner), start.copy()) for owner in OWNERS]
        self.met = self.world.met
        self.log: list[str] = []

    def run(self, steps: int = 14) -> None:
        """Walk, then let the faults stop and see that everything ends well."""
        for _ in range(steps):
            actor = self.chance.choices(self.actors, [4, 1])[0]
            self.step(actor)
        for actor in self.actors:
            self.end(actor)

    def step(self, actor: Actor) -> None:
        weights = {
            self.edit: 26,
            self.revert: 6,
            self.apply: 40,
            self.outside: 16,
            self.wait: 10,
            self.lose: 2,
            self.restore: 2,
        }
        chosen = self.chance.choices([*weights], [*weights.values()])[0]
        chosen(actor)

    def say(self, actor: Actor, what: str) -> None:
        self.log.append(f"{self.world.now} {actor.stack.owner}: {what}")

    def edit(self, actor: Actor) -> None:
        actor.drafts.append(actor.draft.copy())
        for _ in range(self.chance.choice([1, 1, 2, 3])):
            self.say(actor, actor.draft.edit(self.chance))
        self.say(actor, str(actor.draft))

    def revert(self, actor: Actor) -> None:
        if actor.drafts:
            actor.draft = self.chance.choice(actor.drafts).copy()
            self.say(actor, f"revert to {actor.draft}")

    def wait(self, actor: Actor) -> None:
        seconds = self.chance.choice([1, 30, SETTLE, 2 * SETTLE])
        self.say(actor, f"{seconds} s pass")
        self.world.pass_time(seconds)

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
        if actor.backups and max(ours, default=0) + SETTLE < self.world.now:
            self.say(actor, "an old state is restored")
            self.met["state restored"] += 1
            stored = self.chance.choice(actor.backups)
            actor.stack.disk.document, actor.stack.disk.journal = stored.document, [*stored.journal]
            self.forgets(actor)

    def forgets(self, actor: Actor) -> None:
        """What was made until now may be an orphan; what was in doubt is unknown."""
        actor.since = len(self.world.ever)
        doubts, owner = self.world.doubts, str(actor.stack.owner)
        self.world.doubts = {op: doubt for op, doubt in doubts.items() if doubt[0] != owner}

    def outside(self, actor: Actor) -> None:
        """Something happens at the API that is not our doing."""
        events = [self.job_ends, self.job_stalls, self.file_goes, self.model_goes]
        self.chance.choices(events, [6, 3, 4, 2])[0](actor)

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
        if self.world.models:
            model = self.chance.choice(sorted(self.world.models))
            self.world.models.remove(model)
            self.met["model deleted"] += 1
            self.say(actor, f"{model} deleted outside")

    def apply(self, actor: Actor) -> None:
        """An apply with bad luck: lost replies, and perhaps a crash."""
        faults = ["ok", "ok", "ok", "lost", "dropped", "refused"]
        luck = self.chance.choice([0, 0, 1, 2, 4])
        self.world.replies = [self.chance.choice(faults) for _ in range(luck)]
        point = self.chance.choice([None, None, self.chance.randrange(30)])
        self.say(actor, f"apply, replies {self.world.replies}, crash at {point}")
        self.applied(actor, point)
        self.world.replies = []
        actor.backups.append(actor.stack.disk.load())

    def applied(self, actor: Actor, point: int | None = None) -> Plan:
        """One apply, with what must hold of any apply."""
        stack = actor.stack
        stack.desired = actor.draft.desired()
        before = Before.of(self.world, actor)
        if point is None:
            plan = stack.apply()
            self.log += [
                f"    {c.action.name} {c.address} {c.id}: {c.reason}" for c in plan.changes
            ]
            self.met.update(change.action.name for change in plan.changes)
        elif stack.apply_killed_at(point):
            self.met["crash"] += 1
        before.check(self.world, actor)
        self.check(actor)
        return stack.planned

    def check(self, actor: Actor) -> None:
        """I1, I2, I3 and I5, by the ledger."""
        ours = [job for job in self.world.paid() if is_ours(job, actor)]
        worth = [mark_of(job) for job in ours if is_worth_its_money(self.world, job)]
        alive = Counter((mark.address, mark.fingerprint, mark.attempt) for mark in worth)
        assert not [mark for mark, count in alive.items() if count > 1], f"I1: {alive}"
        state = actor.stack.state
        recorded = [record.id for record in state.records.values()]
        assert len({*recorded, *state.deposed}) == len(recorded) + len(state.deposed), "I3"
        self.check_held(actor, state)
        for op, (owner, sent) in self.world.doubts.items():
            is_kept = op in state.pending or owner != str(actor.stack.owner)
            assert is_kept or self.world.now >= sent + SETTLE, f"I5: {op}"

    def check_held(self, actor: Actor, state: State) -> None:
        held, pending = state.held, state.pending
        uploads = {(intent.address, intent.fingerprint) for intent in pending.values()}
        for body in made(self.world, actor):
            if body["id"] in held:
                continue
            if "model" in body:
                is_known = body["status"] in ENDED or mark_of(body).op in pending
            else:
                mark = file_marker(body, (actor.stack.owner,))
                assert mark
                is_gone = body["id"] not in self.world.files
                is_known = is_gone or (mark.address, mark.fingerprint) in uploads
            assert is_known, f"I2: {body}"

    def end(self, actor: Actor) -> None:
        """The faults stop."""
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
        self.check_arrived(actor, last)

    def check_arrived(self, actor: Actor, last: Plan) -> None:
        """Each address stands on a run of its spec, or a finding says why not; no orphans."""
        state = actor.stack.state
        told = {finding.address for finding in last.of(Severity.FAILED)}
        assert not state.pending, f"I5: {state.pending}"
        for address, resource in actor.stack.desired.resources.items():
            if address.kind == "jobs" and address not in told:
                record = state.records[address]
                assert spec_of(mark_of(self.world.jobs[record.id])) == wanted_by(resource)
                assert is_worth_its_money(self.world, self.world.jobs[record.id])
        held = state.held
        for body in made(self.world, actor):
            if body["id"] in self.world.files or body in self.world.active():
                assert body["id"] in held, f"orphan {body}"
