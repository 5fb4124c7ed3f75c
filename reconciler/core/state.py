"""The state: what is recorded, and how the entries of the journal change it.

Invariants (tests assert them after every step):
I2  an object that we created is recorded, deposed, or named by a pending intent's marker.
I3  an id stands in exactly one of `records` and `deposed`.
I5  an intent leaves `pending` only by an entry that holds its evidence (`Put`, `Clear`, `Depose`).
A state changes only by `replay`: checkpoint and journal give the same value on every machine.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.core.address import Address
from reconciler.core.alias import CHECKED_KEPT, HISTORY_KEPT, Alias, Checked, Promote, Release
from reconciler.core.earlier import EARLIER_KEPT, Earlier, is_signed, signed_again
from reconciler.core.entries import (
    Begin,
    Clear,
    Depose,
    Deposed,
    Entry,
    Gone,
    Hold,
    Intent,
    Move,
    Put,
    Retire,
    Said,
)
from reconciler.core.full import Full
from reconciler.core.grant import Review
from reconciler.core.renewal import Renew, Renewal
from reconciler.core.resource import Record

CANCELLED_KEPT = 1000
"""What is older is told as a run that somebody cancelled; nothing is decided by it."""


class State(Struct, frozen=True):
    """What is recorded; a value. `serial` counts checkpoints, `lineage` names this history.

    Attributes:
        epoch: of the lock under which it was written; each lock has one more than those before.
        write_id: names this one checkpoint, so that a writer knows its own when it reads it back.
        endpoint: base URL, organisation and project that the ids belong to.
        cancelled: ids of runs that we cancelled ourselves, the latest last. It only serves to say
            so of a run that failed, so it holds no more than `CANCELLED_KEPT`.
        quiet_until: API time before which no paid create is made: the state is new although
            its owner is not, and a list may lag behind what a lost state knew.
        since: API time of the look from which this lineage began; of what is older than that,
            another state may have known more. None: unknown.
        kept: ids of objects that stay at the API on purpose, though nothing here stands for them.
        holding: ids of runs whose pause or resume was announced and not recorded yet.
        reviewed: what an apply was last allowed by its digest; the same digest then goes on.
        renewals: what `--replace` asked an apply for that has not ended well.
        aliases: what each name points at; no object of the API, so no id stands in `held` for it.
        checked: what came of the checks of models, the latest last.
        released: models that an alias pointed at when it was given up: none goes by itself.
        full: what the endpoint said when it last took no further run.
        earlier: what addresses stood for before, the latest last.
    """

    lineage: str
    owner: str
    serial: int = 0
    epoch: int = 0
    write_id: str = ""
    endpoint: tuple[str, str, str] = ("", "", "")
    records: Mapping[Address, Record] = field(default_factory=dict)
    pending: Mapping[str, Intent] = field(default_factory=dict)
    deposed: Mapping[str, Deposed] = field(default_factory=dict)
    cancelled: tuple[str, ...] = ()
    quiet_until: int | None = None
    since: int | None = None
    kept: tuple[str, ...] = ()
    holding: tuple[str, ...] = ()
    reviewed: Review | None = None
    renewals: tuple[Renewal, ...] = ()
    aliases: Mapping[Address, Alias] = field(default_factory=dict)
    checked: tuple[Checked, ...] = ()
    released: tuple[str, ...] = ()
    full: Full | None = None
    earlier: tuple[Earlier, ...] = ()

    @property
    def held(self) -> dict[str, Address]:
        """Every id that this state looks after → its address."""
        ids = {record.id: address for address, record in self.records.items()}
        return ids | {id_: old.address for id_, old in self.deposed.items()}


def replay(state: State, entries: Iterable[Entry]) -> State:
    """The state after these entries; linear in both, whatever the number of entries."""
    entries = tuple(entries)
    if not entries:
        return state
    draft = _Draft(state)
    for entry in entries:
        draft.fold(entry)
    return replace(
        state,
        records=draft.records,
        pending=draft.pending,
        deposed=draft.deposed,
        cancelled=tuple(draft.cancelled)[-CANCELLED_KEPT:],
        kept=tuple(draft.kept),
        holding=tuple(draft.holding),
        reviewed=draft.reviewed,
        renewals=draft.renewals,
        aliases=draft.aliases,
        checked=tuple(draft.checked.values())[-CHECKED_KEPT:],
        released=tuple(draft.released),
        full=draft.full,
        earlier=tuple(draft.earlier.values())[-EARLIER_KEPT:],
    )


class _Draft:
    """Copies of a state's maps, with the ids indexed, while entries are folded into them."""

    def __init__(self, state: State) -> None:
        self.records = dict(state.records)
        self.pending = dict(state.pending)
        self.deposed = dict(state.deposed)
        self.cancelled = dict.fromkeys(state.cancelled)
        self.kept = dict.fromkeys(state.kept)
        self.holding = dict.fromkeys(state.holding)
        self.reviewed, self.renewals, self.full = state.reviewed, state.renewals, state.full
        self.aliases = dict(state.aliases)
        self.checked = {(one.model, one.checks): one for one in state.checked}
        self.released = dict.fromkeys(state.released)
        self.earlier = {one.record.id: one for one in state.earlier}
        self.addresses = {record.id: address for address, record in state.records.items()}

    def fold(self, entry: Entry) -> None:
        match entry:
            case Begin(intent):
                self.pending[intent.op] = intent
            case Retire(id_, is_cancel=is_cancel):
                if is_cancel:
                    self.cancelled.pop(id_, None)
                    self.cancelled[id_] = None
            case Hold(id_):
                self.holding[id_] = None
            case Put():
                self.put(entry)
            case Depose(deposed, op):
                self.release(deposed.id)
                self.deposed[deposed.id] = deposed
                self.pending.pop(op, None)
            case Gone(id_, is_kept=is_kept):
                self.release(id_)
                self.kept |= {id_: None} if is_kept else {}
            case Clear(op):
                self.pending.pop(op, None)
            case Move():
                self.move(entry)
            case _:
                self.remember(entry)

    def remember(self, entry: Said) -> None:
        match entry:
            case Renew(renewals):
                self.renewals = renewals
            case Full():
                self.full = entry
            case Promote(address, alias):
                before = self.aliases.get(address, Alias()).history
                history = (*before, *alias.history)[-HISTORY_KEPT:]
                self.aliases[address] = alias._replace(history=history)
            case Release(address):
                if model := self.aliases.pop(address, Alias()).model:
                    self.released[model] = None
            case Checked(model, checks):
                self.checked.pop((model, checks), None)
                self.checked[model, checks] = entry
            case _:
                self.reviewed = entry

    def put(self, entry: Put) -> None:
        displaced = self.records.get(entry.address)
        self.release(entry.record.id)
        if displaced and displaced.id != entry.record.id:
            self.release(displaced.id)
            if entry.depose:
                self.deposed[displaced.id] = Deposed(
                    displaced.id,
                    entry.address,
                    displaced.reads,
                    displaced.fingerprint,
                    displaced.attempt,
                )
        before = self.earlier.pop(entry.record.id, None)
        self.records[entry.address] = signed_again(entry.record, before)
        self.addresses[entry.record.id] = entry.address
        self.pending.pop(entry.op, None)

    def release(self, id_: str) -> None:
        self.deposed.pop(id_, None)
        self.kept.pop(id_, None)
        self.holding.pop(id_, None)
        address = self.addresses.pop(id_, None)
        if address is not None and is_signed(record := self.records.pop(address)):
            self.earlier[id_] = Earlier(address, record)

    def move(self, entry: Move) -> None:
        if alias := self.aliases.pop(entry.source, None):
            self.aliases[entry.target] = alias
        if record := self.records.get(entry.source):
            if displaced := self.records.get(entry.target):
                self.release(displaced.id)
            self.records.pop(entry.source, None)
            self.records[entry.target] = record
            self.addresses[record.id] = entry.target
