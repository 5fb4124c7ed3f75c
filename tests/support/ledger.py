"""What the world's ledger shows: whose an object is, what it is worth, and what an apply did."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from reconciler.backends import Stored
from reconciler.core.grant import Verb
from reconciler.core.owner import Owner
from reconciler.core.resource import Marker, Resource
from reconciler.core.saved_plan import SavedPlan
from reconciler.kinds.file import file_marker
from reconciler.kinds.job import job_marker
from tests.support.draft import Draft
from tests.support.stack import Stack
from tests.support.world import ENDED, World

OWNERS = (Owner("bots", "dev"), Owner("bots", "prod"))
NAMES = frozenset(map(str, OWNERS))
Job = dict[str, Any]
Spec = tuple[str, int]
"""What a job trains: its fingerprint and generation."""


@dataclass
class Actor:
    """One owner: its runner, its manifest and the drafts before it."""

    stack: Stack
    draft: Draft = field(default_factory=Draft)
    drafts: list[Draft] = field(default_factory=list)
    backups: list[Stored] = field(default_factory=list)
    others: list[tuple[Stack, Draft]] = field(default_factory=list)
    """Who else works on this state, and from which manifest."""
    plan: SavedPlan | None = None
    """One that was saved, for later."""
    since: int = 0
    """What stands before this place in the ledger may be an orphan: a state was lost since."""
    name: str = field(init=False)
    """Of the owner, as markers have it."""

    def __post_init__(self) -> None:
        self.name = str(self.stack.owner)
        self.others.append((self.stack.another(), self.draft.copy()))

    def change_user(self) -> None:
        """The next one goes on."""
        self.others.append((self.stack, self.draft))
        self.stack, self.draft = self.others.pop(0)


@dataclass
class Before:
    """What there was before an apply, to see afterwards what it did."""

    ever: int
    statuses: dict[str, str]
    removed: int
    standing: Counter[Spec]

    @classmethod
    def of(cls, world: World, actor: Actor) -> Before:
        statuses = {id_: job["status"] for id_, job in world.jobs.items()}
        return cls(len(world.ever), statuses, len(world.removed), standing(world, actor))

    def check(self, world: World, actor: Actor, plan: SavedPlan | None = None) -> None:
        if plan:
            self.check_within(world, plan)
        wanted = Counter(
            wanted_by(resource)
            for address, resource in actor.stack.desired.resources.items()
            if address.kind == "jobs"
        )
        made = Counter(spec_of(mark_of(b)) for b in world.ever[self.ever :] if "model" in b)
        for spec, count in made.items():
            assert self.standing[spec] + count <= wanted[spec], f"I1: paid again for {spec}"
        self.check_cancelled(world, actor, wanted)
        self.check_deleted(world, actor)

    def check_within(self, world: World, plan: SavedPlan) -> None:
        """A saved plan is a ceiling."""
        marks = [mark_of(job) for job in world.ever[self.ever :] if "model" in job]
        paid = Counter((mark.address, spec_of(mark)) for mark in marks)
        grants = [grant for grant in plan.grants if grant.verb is Verb.PAY]
        allowed = Counter((g.address, (g.fingerprint, g.attempt.generation)) for g in grants)
        assert paid <= allowed, f"it pays for more than was reviewed: {paid - allowed}"

    def check_cancelled(self, world: World, actor: Actor, wanted: Counter[Spec]) -> None:
        left = standing(world, actor)
        for id_, status in self.statuses.items():
            job = world.jobs[id_]
            if job["status"] != status:
                assert is_ours(job, actor), f"I7: another owner's {id_}"
                spec = spec_of(mark_of(job))
                assert left[spec] >= wanted[spec], f"I7: {id_} was asked for"

    def check_deleted(self, world: World, actor: Actor) -> None:
        for file in world.removed[self.removed :]:
            id_ = file["id"]
            assert is_ours(file, actor), f"I7: another owner's {id_}"
            readers = [job["id"] for job in world.active() if job["training_file"] == id_]
            assert not readers, f"I7: {id_} is read by {readers}"


def is_ours(body: Job, actor: Actor) -> bool:
    """Whether its marker names this owner."""
    if "model" in body:
        return bool(body["metadata"]["reconciler_owner"] == actor.name)
    return file_marker(body, (actor.stack.owner,)) is not None


def mark_of(job: Job) -> Marker:
    """The marker of a job that any of the owners made."""
    marker = job_marker(job, NAMES)
    assert marker
    return marker


def spec_of(marker: Marker) -> Spec:
    """What an object was made for."""
    return marker.fingerprint, marker.attempt.generation


def wanted_by(resource: Resource) -> Spec:
    """What the manifest asks for."""
    return resource.fingerprint, resource.generation


def is_worth_its_money(world: World, job: Job) -> bool:
    """Whether it runs, or left a model that is still there."""
    return job["status"] not in ENDED or job.get("fine_tuned_model") in world.models


def standing(world: World, actor: Actor) -> Counter[Spec]:
    """How many jobs of each spec run, or left a model."""
    ours = [job for job in world.paid() if is_ours(job, actor) and is_worth_its_money(world, job)]
    return Counter(spec_of(mark_of(job)) for job in ours)


def made(world: World, actor: Actor) -> list[Job]:
    """What was made since the state was last lost.

    Without a file of the same name as one before that: no one can tell the two from each other.
    """
    before = {body.get("filename") for body in world.ever[: actor.since]} - {None}
    ours = [body for body in world.ever[actor.since :] if is_ours(body, actor)]
    return [body for body in ours if body.get("filename") not in before]
