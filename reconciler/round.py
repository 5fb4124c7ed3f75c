"""One round: load, observe, settle, diff; then apply and checkpoint.

    live  = observe(api, kinds)
    state = settle(replay(checkpoint, journal), live)
    plan  = diff(desired, state, live)
    apply(plan)

`apply --wait` repeats rounds until nothing is left to do. Nothing else drives the engine.
"""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from msgspec import Struct
from msgspec.structs import replace

from reconciler.backends import Backend, Stored
from reconciler.belonging import Endpoint, check_endpoint, check_owner
from reconciler.core.anew import renewals
from reconciler.core.ceiling import Grants, Scene, digest, granted, stay_within
from reconciler.core.codec import (
    REBUILD,
    decode,
    decode_journal,
    encode,
    encode_entries,
    format_of,
    name_of,
)
from reconciler.core.diff import diff, view_of
from reconciler.core.entries import Entry
from reconciler.core.formats import FORMAT
from reconciler.core.grant import Review
from reconciler.core.moved import refuse_moved
from reconciler.core.outlook import Outlook
from reconciler.core.owner import Owner
from reconciler.core.partial import completed
from reconciler.core.plan import Plan
from reconciler.core.renewal import Renew, Renewal
from reconciler.core.resource import Desired, Live
from reconciler.core.scope import Scope, scoped
from reconciler.core.settle import Settlement, quiet_until, settle, settled
from reconciler.core.state import State, replay
from reconciler.core.view import View
from reconciler.errors import Damaged, ReconcilerError
from reconciler.measure import measured
from reconciler.observe import observe
from reconciler.rig import Rig
from reconciler.together import Together

if TYPE_CHECKING:
    from reconciler.events import Event


class Round(Struct, frozen=True):
    """What one look found: the settled state and the live objects, and the plan for them."""

    scene: Scene
    plan: Plan
    settlements: tuple[Settlement, ...] = ()

    @property
    def state(self) -> State:
        """What is recorded, settled."""
        return self.scene.state

    @property
    def live(self) -> Live:
        """What is live."""
        return self.scene.live

    @property
    def view(self) -> View:
        """All of it as the rules look at it."""
        return view_of(self.scene.desired, self.state, self.live, self.scene.kinds)

    @property
    def outlook(self) -> Outlook:
        """What becomes of what waits."""
        return Outlook(self.view, self.plan, self.settlements)

    @property
    def grants(self) -> Grants:
        """What a yes to this plan allows."""
        return granted(self.plan, self.scene)

    @property
    def renewals(self) -> tuple[Renewal, ...]:
        """What the state has to remember of `--replace` while this plan is applied."""
        return renewals(self.plan, self.scene.desired, self.state)

    @property
    def digest(self) -> str:
        """What stands for the paid and destructive changes of this plan."""
        return digest(self.state.owner, self.state.endpoint, self.grants)

    def scoped(self, scope: Scope) -> "Round":
        """The same with the part of its plan that is in scope."""
        plan = scoped(self.plan, self.scene.desired, self.live, scope)
        return replace(self, plan=plan)

    def within(self, ceiling: Grants) -> "Round":
        """The same with the part of its plan that a ceiling allows."""
        return replace(self, plan=stay_within(self.plan, ceiling, self.scene))


class Journal:
    """The state on its way: entries made durable one by one, then one checkpoint.

    Invariants: `state` is what the backend held when the journal was opened, or at the last
    checkpoint since; an entry follows a checkpoint of the present format, as it could not be read
    without one. Once an entry could not be written (`is_broken`), nothing more is: what the backend
    holds is not known, and the next run reads it.
    """

    def __init__(
        self,
        backend: Backend,
        state: State,
        *,
        epoch: int = 0,
        follows: str = "",
        has_entries: bool = False,
    ) -> None:
        """The state as it was loaded.

        Args:
            epoch: of the lock; 0 without one, where nothing is written.
            follows: names the stored checkpoint; empty where none is there that can be followed.
        """
        self.backend, self.state, self._epoch = backend, state, epoch
        self._follows = follows
        self._entries: list[Entry] = []
        self._together = Together(self._append)
        self._is_dirty, self.is_broken = has_entries, False

    @property
    def is_saved(self) -> bool:
        """Whether all that was written is in the checkpoint."""
        return not (self.is_broken or self._entries or self._is_dirty)

    def write(self, entry: Entry) -> None:
        """Make one entry durable, as any thread may; it counts from then on, whatever is next."""
        self._together.add(entry)

    def _append(self, entries: Sequence[Entry]) -> None:
        try:
            if not self._follows:
                self.checkpoint(force=True)
            self.backend.append(encode_entries(entries, self._follows))
        except ReconcilerError:
            self.is_broken = True
            raise
        self._entries += entries

    def checkpoint(self, *, force: bool = False) -> State:
        """Fold the entries into a new checkpoint, if there are any; the state after it."""
        if self.is_broken:
            self.state, self._entries = replay(self.state, self._entries), []
        elif self._entries or self._is_dirty or force:
            state = replay(self.state, self._entries)
            self.state = replace(
                state,
                serial=state.serial + 1,
                epoch=max(state.epoch, self._epoch),
                write_id=str(uuid4()),
            )
            document = encode(self.state)
            self.backend.checkpoint(document, self.state.serial)
            self._follows = name_of(document)
            self._entries, self._is_dirty = [], False
        return self.state


def load(
    backend: Backend,
    owner: Owner,
    endpoint: Endpoint,
    lineage: str,
    *,
    epoch: int = 0,
    earlier: Collection[Owner] = (),
) -> Journal:
    """The state of this owner at this endpoint; a new one of `lineage` where there is none.

    Args:
        epoch: of the lock under which it will be written; 0 to read it.
        earlier: other names that this owner had; their state is its own.

    Raises:
        Refusal: it is damaged, newer, elsewhere by now, or of another owner or endpoint.
    """
    stored = backend.load()
    if stored.document is None and not stored.journal:
        return Journal(backend, State(lineage, str(owner), endpoint=endpoint), epoch=epoch)
    try:
        state, journal = _read(backend.name, stored)
    except Damaged as damaged:
        raise _with_backup(damaged, backend) from damaged
    if state.owner in map(str, earlier):
        state = replace(state, owner=str(owner))
    check_owner(state, owner, backend.name)
    check_endpoint(state, endpoint, backend.name)
    assert stored.document is not None  # noqa: S101  # it was read
    is_present = format_of(stored.document) == FORMAT
    follows = name_of(stored.document) if is_present else ""
    known = replay(state, journal)
    return Journal(backend, known, epoch=epoch, follows=follows, has_entries=bool(journal))


def _read(shown: str, stored: Stored) -> tuple[State, tuple[Entry, ...]]:
    if stored.document is None:
        raise Damaged(
            "refused: the state is missing, its journal is there",
            where=shown,
            why="entries without the checkpoint that they follow cannot be read",
            cure=REBUILD,
        )
    refuse_moved(stored.document, shown)
    state = decode(stored.document, shown=shown)
    name, version = name_of(stored.document), format_of(stored.document)
    return state, decode_journal(stored.journal, name, shown=shown, version=version)


def _with_backup(damaged: Damaged, backend: Backend) -> Damaged:
    """The same, with the other cure where there is one: a file that a person can put back."""
    newest = [path.name for path in backend.backups() if isinstance(path, Path)][:1]
    more = [f"or put {name} in its place, as state/README.md says" for name in newest]
    cure = "\n".join([damaged.cure, *more])
    return Damaged(damaged.what, where=damaged.where, why=damaged.why, cure=cure)


def look(state: State, desired: Desired, rig: Rig, patience: int, *, waited: int = 0) -> Round:
    """Observe, settle and diff; the arguments and errors are those of `judge` and `observe`."""
    live = observe(rig.api, rig.kinds, rig.owners, state, rig.clock)
    return judge(state, desired, live, rig, patience, waited=waited)


def judge(
    state: State, desired: Desired, live: Live, rig: Rig, patience: int, *, waited: int = 0
) -> Round:
    """Settle and diff what was observed.

    Args:
        patience: seconds within which a list may still lack a fresh object.
        waited: seconds since this apply began to look.
    """
    told = replace(live, waited=waited, published=rig.published(state))
    live = completed(told, _fingerprints(state, desired))
    since = state.since if state.serial else live.date
    state = replace(state, quiet_until=quiet_until(state, live, patience), since=since)
    settlements = settle(state, live, rig.kinds, patience)
    state = settled(state, settlements)
    live = measured(desired, state, live, rig)
    plan = diff(desired, state, live, rig.kinds, settlements)
    return Round(Scene(desired, state, live, rig.kinds), plan, settlements)


def _fingerprints(state: State, desired: Desired) -> Iterator[str]:
    """Everything that a live object may be."""
    yield from (resource.fingerprint for resource in desired.resources.values())
    yield from (record.fingerprint for record in state.records.values())
    yield from (intent.fingerprint for intent in state.pending.values())


def _founded(state: State, found: Round) -> State:
    """The state as its first checkpoint has to be: only a state without one counts as lost.

    So what a lost one said of aliases is in that checkpoint, whatever ends the apply after it.
    """
    aliases = state.aliases if state.serial else found.view.aliases
    return replace(state, since=found.state.since, aliases=aliases)


def carry_out(
    found: Round,
    rig: Rig,
    journal: Journal,
    review: Review | None = None,
    asked: tuple[Renewal, ...] = (),
) -> "Iterator[Event]":
    """Apply the plan of a round, checkpoint, publish; nothing is written where nothing is to do.

    For an apply that goes on: `review` is what was reviewed, `asked` what is to be made anew.
    """
    from reconciler.apply import apply  # noqa: PLC0415  # a plan applies nothing

    journal.state = _founded(journal.state, found)
    if found.state.quiet_until != journal.state.quiet_until:
        journal.state = replace(journal.state, quiet_until=found.state.quiet_until)
        journal.checkpoint(force=True)
    for settlement in found.settlements:
        if settlement.entry:
            journal.write(settlement.entry)
    if review and review != journal.state.reviewed and not found.plan.is_empty:
        journal.write(review)
    if asked != journal.state.renewals:
        journal.write(Renew(asked))
    yield from apply(found.plan, found.state, found.live, rig)
    state = journal.checkpoint()
    if journal.is_saved:
        rig.publish(state)
