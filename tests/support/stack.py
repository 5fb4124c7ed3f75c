"""One runner in the tiny world: a disk, a manifest in short notation, and the real apply."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from msgspec.structs import replace

from reconciler.backends import Backend, Stored
from reconciler.core.address import Address
from reconciler.core.alias import Checked, Published, due
from reconciler.core.ceiling import stakes
from reconciler.core.checks import Trial
from reconciler.core.grant import Review
from reconciler.core.guards import Leave, Setting, guard
from reconciler.core.let_go import destroyed
from reconciler.core.losses import Learnt
from reconciler.core.orphans import Sweep, sweep
from reconciler.core.owner import Owner, Owners
from reconciler.core.plan import Finding, Plan
from reconciler.core.resource import Desired, Live, Observed, Resource
from reconciler.core.saved_plan import SavedPlan, check_fresh, saved
from reconciler.core.scope import Scope
from reconciler.core.state import State
from reconciler.core.wish import Wish
from reconciler.events import Event
from reconciler.kinds import BY_NAME
from reconciler.kinds.file import FileSpec
from reconciler.kinds.job_spec import JobSpec
from reconciler.kinds.kind import Api, Content
from reconciler.kinds.model_spec import ModelSpec
from reconciler.rig import Author, Rig
from reconciler.round import Journal, Round, carry_out, load, look
from reconciler.sources import LocalFile
from tests.support.disk import Disk, Hand
from tests.support.events import What
from tests.support.inline import Inline
from tests.support.record import RecordedApi, RecordedBackend, state_in
from tests.support.world import Crash, Fuse, World, WorldApi

ENDPOINT = ("https://api.example/v1", "", "")
SETTLE = 300
WALK = Owner("walk")
_FOLDER = TemporaryDirectory(prefix="contents-")
"""Real files, one a content: an upload looks at what it sends."""


@dataclass
class Stack:
    """One runner: its disk, its manifest, and the world it talks to."""

    world: World
    fuse: Fuse = field(default_factory=Fuse)
    owner: Owner = WALK
    desired: Desired = field(default_factory=Desired)
    patience: int = SETTLE
    user: str = ""
    is_stopping: bool = False
    """Whether somebody asked this run to start nothing more."""
    sweep: Sweep | None = None
    """Whether its applies only remove orphans, and which."""
    takes_models: bool = False
    """Whether its applies are a destroy that takes the models along."""
    published: Published | None = None
    """The file of `outputs`; publishing writes it."""
    outcome: str = "pass"
    """What comes of checks, and `checked` how often they were made."""
    checked: int = 0
    losses: Mapping[str, Learnt] | None = field(default_factory=dict)
    """What finished runs tell, by their id; None: they may not be asked."""
    disk: Disk = field(init=False)
    events: list[Event] = field(default_factory=list)
    leave: Leave = field(default_factory=lambda: Leave(protected=("*",), everything=True))
    planned: Plan = field(default_factory=Plan)
    """The last plan that was made, and whatever a guard said against it."""
    refusals: tuple[Finding, ...] = ()
    _read: tuple[object, State] | None = None

    def __post_init__(self) -> None:
        self.disk = Disk(self.fuse)

    @property
    def name(self) -> str:
        """Of the process."""
        return f"{self.owner}{self.user}"

    @property
    def owners(self) -> Owners:
        return (self.owner,)

    def journal(self, backend: object = None, epoch: int = 0, lineage: str = "") -> Journal:
        known = cast("Backend", backend or self.disk)
        return load(known, self.owner, ENDPOINT, lineage or self.world.new_op(), epoch=epoch)

    def rig(self, write: Callable[[Any], None], api: Api | None = None) -> Rig:
        return Rig(
            kinds=dict(BY_NAME),
            api=api or WorldApi(self.world, self.fuse),
            owners=self.owners,
            patience=self.patience,
            write=write,
            new_op=self.world.new_op,
            clock=lambda: float(self.world.now),
            pause=lambda seconds: None,
            may_repeat=lambda error: error.status == 429,
            is_for_now=lambda error: error.status == 429,
            is_stopping=lambda: self.is_stopping,
            author=lambda: Author("ci", "3ab1f20"),
            check=self.check,
            learnt=self.learnt,
            published=lambda _state: self.published,
            publish=self.publish,
            threads=Inline,
        )

    @property
    def declared(self) -> set[str]:
        """The names of the aliases that the manifest has."""
        return {a.name for a in self.desired.resources if a.kind == "models"}

    def check(self, trial: Trial) -> Checked:
        """A model says what the test wants."""
        self.fuse.touch()
        self.checked += 1
        passed = trial.checks.number if self.outcome == "pass" else 0
        key = trial.checks.key(trial.current)
        return Checked(trial.model, key, self.outcome, passed, trial.checks.number, "x")

    def learnt(self, run: Observed) -> Learnt | None:
        """What a run learnt; nothing, where the test says nothing."""
        if self.losses is None:
            return None
        self.world.requests.append(f"GET {run.id}/losses")
        return self.losses.get(run.id, Learnt())

    def publish(self, state: State) -> None:
        """As the file of `outputs` is written: whole, or not at all."""
        if self.published and not self.published.foreign:
            self.fuse.touch()
            self.published = self.published._replace(
                models=due(state.aliases, self.published.models or {}, self.declared)
            )
            self.fuse.touch()

    def look(self) -> Round:
        journal = self.journal()
        return look(journal.state, self.desired, self.rig(journal.write), self.patience)

    def plan(self) -> Plan:
        """What the next apply would do; the guards have had their look at it."""
        return self._guarded(self.look())

    def save_plan(self) -> SavedPlan:
        """What `plan --out` keeps."""
        found = self.look()
        return saved(found.state, self.desired, found.grants, Scope(), Wish())

    def apply(self, plan: SavedPlan | None = None) -> Plan:
        """One apply, as the command does it: nothing is done where a guard refuses.

        Of a saved plan, what stands in it and is still to do; raises `Refusal` where it is stale.
        """
        trace = self.world.trace
        if trace is None:
            return self._applied(Hand(self.disk), WorldApi(self.world, self.fuse), plan)
        name: dict[str, Any] = {"owner": str(self.owner), "who": self.name}
        trace.want(str(self.owner), self.desired)
        backend = RecordedBackend(cast("Backend", Hand(self.disk)), trace, **name)
        try:
            api = RecordedApi(WorldApi(self.world, self.fuse), trace, **name)
            return self._applied(backend, cast("Api", api), plan)
        except Crash:
            trace.dies(**name, stored=self.disk.load())
            raise

    def _applied(self, backend: Hand | RecordedBackend, api: Api, plan: SavedPlan | None) -> Plan:
        with backend.lock() as epoch:
            journal = self.journal(backend, epoch, plan.lineage if plan else "")
            rig = self.rig(journal.write, api)
            found, review = look(journal.state, self.desired, rig, self.patience), None
            if plan:
                check_fresh(plan, found.state, self.desired, shown="the plan")
                found, review = found.within(plan.grants), Review(plan.digest, stakes(plan.grants))
            if self.sweep:
                found = replace(found, plan=sweep(found.view, self.sweep))
            if self.takes_models:
                plan_ = destroyed(found.view, found.plan, with_models=True)
                found = replace(found, plan=plan_)
            self.events = []
            self._guarded(found)
            if not self.refusals:
                for event in carry_out(found, rig, journal, review, found.renewals):
                    self.events.append(event)
        return self.planned

    def _guarded(self, found: Round) -> Plan:
        self.refusals = guard(
            found.plan,
            self.desired,
            found.state,
            found.live,
            BY_NAME,
            leave=self.leave,
            setting=Setting(),
        )
        self.planned = found.plan
        return found.plan

    def apply_killed_at(self, point: int | None) -> bool:
        """An apply that dies at this side effect; False when it ended before."""
        try:
            with self.fuse.lit(point):
                self.apply()
        except Crash:
            return True
        return False

    def killed_when(self, is_there: Callable[[Stack], bool]) -> Stack:
        """A copy of this history in which an apply died at the first such moment."""
        for point in itertools.count():
            one = deepcopy(self)
            if not one.apply_killed_at(point):
                break
            if is_there(one):
                return one
        raise AssertionError("no side effect of this apply leads there")

    def converge(self, rounds: int = 8) -> Plan:
        """Applies until nothing changes: the last one sent only GETs and wrote nothing."""
        plan = Plan()
        for _ in range(rounds):
            before = self.disk.document, list(self.disk.journal)
            self.world.requests.clear()
            plan = self.apply()
            is_quiet = all(request.startswith("GET") for request in self.world.requests)
            if is_quiet and before == (self.disk.document, self.disk.journal):
                return plan
        raise AssertionError(f"no end after {rounds} applies: {plan.changes}")

    def apply_file_then(self, reply: str, lag: int = 0) -> None:
        """Two applies: the files are made, then the reply to the job's create goes wrong."""
        wanted = self.desired
        files = {a: r for a, r in wanted.resources.items() if a.kind == "files"}
        self.desired = replace(wanted, resources=files)
        self.apply()
        self.desired = wanted
        self.world.replies, self.world.lag = [reply], lag
        self.apply()

    def another(self) -> Stack:
        """A second user, on another machine, of the same state."""
        two = Stack(self.world, self.fuse, self.owner, self.desired, user=f"{self.user}+")
        two.disk = self.disk
        return two

    def break_lock(self) -> None:
        """Somebody says that the run which holds the lock is dead; it lives on."""
        self.disk.is_locked = False
        if self.world.trace:
            self.world.trace.say(What.BROKEN, owner=str(self.owner), who=self.name)

    def lose_state(self) -> None:
        """The disk is gone."""
        self.disk.document, self.disk.journal = None, []
        if self.world.trace:
            self.world.trace.say(What.LOST, owner=str(self.owner))

    def restore(self, stored: Stored) -> None:
        """An old state comes back."""
        self.disk.document, self.disk.journal = stored.document, [*stored.journal]
        if self.world.trace:
            state = state_in(stored)
            self.world.trace.say(What.RESTORED, owner=str(self.owner), state=state)

    @property
    def state(self) -> State:
        """What the disk says; it is read again only where it holds something else."""
        stored = self.disk.document, tuple(self.disk.journal)
        if self._read is None or self._read[0] != stored:
            self._read = stored, self.journal().state
        return self._read[1]

    def live(self) -> Live:
        return self.look().live


def job(
    name: str,
    data: str = "F1",
    *,
    generation: int = 1,
    retry: int = 0,
    protect: bool = False,
    file: str | None = None,
    **fields: Any,
) -> tuple[Address, str, dict[str, Any]]:
    """A manifest entry of a job; without `file` its training file is named after its data."""
    entry = {"model": "base", "training_file": file or data.lower(), **fields}
    entry |= {"generation": generation, "retry": {"max": retry}, "protect": protect}
    return Address("jobs", name), data, entry


def manifest(
    *jobs: tuple[Address, str, dict[str, Any]],
    files: Mapping[str, str] | None = None,
    moved: Mapping[str, str] | None = None,
    removed: Mapping[str, bool] | None = None,
    imports: Mapping[str, str] | None = None,
    aliases: Mapping[str, Mapping[str, Any]] | None = None,
) -> Desired:
    """Desired resources from short notation; `files` maps names to contents."""
    contents = {entry["training_file"]: data for _, data, entry in jobs} | dict(files or {})
    known: dict[Address, Resource] = {}
    for name, text in sorted(contents.items()):
        address = Address("files", name)
        spec = FileSpec(path=f"{name}.jsonl")
        content = _content(text)
        known[address] = BY_NAME["files"].resolve(address, spec, {spec.path: content}, known)
    for address, _, entry in jobs:
        known[address] = BY_NAME["jobs"].resolve(address, JobSpec.read(entry), {}, known)
    for name, said in (aliases or {}).items():
        address, alias = Address("models", name), ModelSpec.read(said)
        known[address] = BY_NAME["models"].resolve(address, alias, {}, known)
    return Desired(
        _bound(known, imports or {}),
        {Address.parse(to): Address.parse(from_) for to, from_ in (moved or {}).items()},
        {Address.parse(address): keep for address, keep in (removed or {}).items()},
    )


def _bound(known: dict[Address, Resource], imports: Mapping[str, str]) -> dict[Address, Resource]:
    ids = {Address.parse(text): id_ for text, id_ in imports.items()}
    return {a: replace(r, import_id=ids[a]) if a in ids else r for a, r in known.items()}


def _content(text: str) -> Content:
    digest = hashlib.sha256(text.encode()).hexdigest()
    path = Path(_FOLDER.name, text)
    if not path.exists():
        path.write_text(text)
    return Content(LocalFile(str(path)), f"{text}.jsonl", digest, len(text), 10)
