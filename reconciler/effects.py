"""One effect at a time, in whatever thread: the only caller of create and remove.

Each effect stands between two journal entries. A create: connect, `Begin` durably, send once on
that connection, then `Put`, or `Clear` where the API said no. In doubt nothing is sent again: the
object is looked for by its marker, and else the intent stays for the next `settle`.
"""

from collections.abc import Callable, Mapping
from functools import partial

from reconciler.core.alias import Promote, Release
from reconciler.core.checks import IF_PASSED, PASS, not_passed, told
from reconciler.core.doubt import doubted, mistaken, postponed, unrecorded
from reconciler.core.entries import Begin, Clear, Depose, Deposed, Gone, Hold, Intent, Put, Retire
from reconciler.core.full import Full
from reconciler.core.order import Key
from reconciler.core.partial import agrees
from reconciler.core.plan import Action, Change
from reconciler.core.resource import Lifecycle, Live, Observed, Record
from reconciler.core.retention import FORBIDDEN, is_forbidden
from reconciler.core.settle import held_as, record_of
from reconciler.core.slots import occupying
from reconciler.core.state import State
from reconciler.entries import Entries, Unwritten
from reconciler.errors import ReconcilerError, Refused, Unknown, Unreachable, Unsettled
from reconciler.events import Done, Doubtful, Event, Failed, Postponed, Skipped, Unrecorded
from reconciler.intents import in_time, intent_of, look_for
from reconciler.kinds.kind import Line, Make
from reconciler.meter import Meter
from reconciler.rig import Rig
from reconciler.turns import Turns

PATIENCE = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds between tries of what was refused for now: each try is a new intent."""


class _KeptBack(Exception):
    """It was announced and not begun, and will not be; its text is why."""


class Effects:
    """Those of one apply: what is done, and the ids that addresses stand for.

    Effects come from several threads. Each adds what concerns its own change alone, and what needs
    that begins when it has ended.
    """

    def __init__(
        self,
        rig: Rig,
        state: State,
        live: Live,
        required: Mapping[Key, frozenset[Key]],
        answering: Callable[[Change], object],
    ) -> None:
        """`answering` is told, from any thread, of a change that only waits for its answer."""
        self.rig, self.required = rig, required
        self.active = {seen.id for seen in occupying(live, rig.kinds)}
        self.full: Unsettled | None = None
        self.given = {address: record.gives for address, record in state.records.items()}
        self.records, self.held = dict(state.records), set(state.held)
        self.in_use = {address: alias.model for address, alias in state.aliases.items()}
        self.done: set[Key] = set()
        self.entries, self.meter = Entries(rig.write), Meter()
        self.write = self.entries.write
        self.turns, self.answering = Turns(rig.lanes), answering

    def kept_back(self, change: Change) -> Event | None:
        """What is said of a change that is not started; None where it may be."""
        if reason := self.obstacle(change):
            return Skipped(change, reason)
        if self.full and self.makes_run(change):
            return Postponed(change, self.full)
        return None

    def makes_run(self, change: Change) -> bool:
        """Whether it takes a place at the endpoint, and is paid for."""
        lifecycle = self.rig.lifecycle(change.address.kind)
        return change.action.makes and lifecycle is Lifecycle.RUN

    def obstacle(self, change: Change) -> str:
        """Why a change is not started; empty where it may be."""
        if self.rig.is_stopping():
            return "not started"
        if not self.entries.can_be_written:
            return "the state cannot be written"
        undone = {address for address, _ in self.required[change.key] - self.done}
        if change.action.makes and change.resource:
            undone |= {ref for ref in change.resource.refs.values() if ref not in self.given}
        if undone == {change.address}:
            if change.action is Action.PROMOTE:
                return "its checks did not pass"
            which = "its replacement" if change.follows else "the cancel before it"
            return f"{which} is not done"
        return f"needs {min(undone)}, which is not done" if undone else ""

    def carry_out(self, change: Change) -> Event:
        """One effect, in whatever thread; how it ended."""
        try:
            return self.effect(change)
        except Unknown as error:
            return Doubtful(change, error)
        except Unwritten as unwritten:
            id_, cause = unwritten.id, unwritten.error
            if not id_:
                return Failed(change, cause)
            return Unrecorded(change, id_, unrecorded(change, id_, cause))
        except _KeptBack as kept:
            return Skipped(change, str(kept))
        except ReconcilerError as error:
            if is_forbidden(change, error):
                return Skipped(change, FORBIDDEN)
            if not isinstance(error, Refused) or not self.is_late(change, error):
                return Failed(change, error)
            return self.postpone(change, error)

    def is_late(self, change: Change, error: Refused) -> bool:
        """Whether it is refused for now alone."""
        return self.makes_run(change) and self.rig.is_for_now(error)

    def postpone(self, change: Change, error: Refused) -> Event:
        """Note that the endpoint takes no more runs now, for the next plan and for this one."""
        said = ": ".join(filter(None, (error.what, error.why)))
        now = self.rig.api.now()
        try:
            self.write(Full.now(len(self.active), now, error.retry_after, said))
        except Unwritten as unwritten:
            return Failed(change, unwritten.error)
        self.full = postponed(change, error)
        return Postponed(change, self.full)

    def ended(self, event: Event) -> Event:
        """The same event, noted for what needs its change."""
        if isinstance(event, Done):
            self.done.add(event.change.key)
        return event

    def effect(self, change: Change) -> Done:
        """The effect of a change; raises what kept it from taking place, or from being written."""
        match change.action:
            case Action.CREATE | Action.REPLACE:
                return self.create(change)
            case Action.DELETE | Action.CANCEL:
                return self.retire(change)
            case Action.PAUSE | Action.RESUME:
                return self.hold(change)
            case Action.ADOPT:
                return self.adopt(change)
            case Action.FORGET:
                return self.forget(change)
            case Action.PROMOTE:
                return self.promote(change)
            case Action.CHECK:
                return self.check_model(change)
            case Action.WAITING:
                raise AssertionError("what waits is not carried out")

    def forget(self, change: Change) -> Done:
        """Look after it no more; what is there stays."""
        is_alias = self.rig.lifecycle(change.address.kind) is Lifecycle.POINTER
        self.write(Release(change.address) if is_alias else Gone(change.id, change.is_kept))
        return Done(change, change.id)

    def check_model(self, change: Change) -> Done:
        """Ask the model; what came of it is remembered, and only a pass lets it be promoted."""
        assert change.trial is not None  # noqa: S101  # a CHECK always carries what is asked
        result = self.rig.check(change.trial)._replace(at=self.rig.api.now())
        self.write(result)
        if result.outcome == PASS:
            return Done(change, change.id, note=told(result))
        raise not_passed(change.address, result, self.in_use.get(change.address, ""))

    def promote(self, change: Change) -> Done:
        """The alias points at another model from now on: one entry, and nothing at the API."""
        alias = change.alias
        assert alias is not None  # noqa: S101  # a PROMOTE always carries what it records
        signed = self.rig.author().signed(alias.history[-1], self.rig.api.now())
        self.write(Promote(change.address, alias._replace(history=(signed,))))
        return Done(change, alias.model, note=change.reason.removeprefix(IF_PASSED))

    def adopt(self, change: Change) -> Done:
        """Record what is there already."""
        record = change.record
        assert record is not None  # noqa: S101  # an ADOPT always carries what it records
        self.put(change, record)
        return Done(change, record.id, record.status)

    def put(self, change: Change, record: Record, op: str = "") -> None:
        """Record what an address stands for from now on, for those that read it, too."""
        self.write(Put(change.address, record, op, change.depose))
        self.records[change.address], self.given[change.address] = record, record.gives
        self.held.add(record.id)

    def create(self, change: Change) -> Done:
        """Create, and try again only what the API refused for now: nothing was made then."""
        for seconds in PATIENCE:
            try:
                return self.create_once(change)
            except (Refused, Unreachable) as error:
                if not self.rig.may_repeat(error) or self.rig.is_stopping():
                    raise
                wait = error.retry_after or seconds
                self.rig.tell(error, wait)
                self.rig.pause(wait)
                if self.rig.is_stopping():  # asked meanwhile: nothing more is sent
                    raise
        return self.create_once(change)

    def create_once(self, change: Change) -> Done:
        """One intent, one request, one record."""
        resource = change.resource
        assert resource is not None  # noqa: S101  # a CREATE always carries what it makes
        ids = {name: self.given[ref] for name, ref in resource.refs.items()}
        with self.rig.api.dial() as line:
            may_go = in_time(self.rig.clock)  # before the intent, which promises no more than it
            is_paid, reads = self.makes_run(change), tuple(ids.values())
            intent = intent_of(change, resource, reads, self.rig, is_paid=is_paid)
            told = (may_go, self.meter.of(change), partial(self.answering, change))
            make = Make(resource, self.rig.owners[0], change.attempt, intent.op, ids, *told)
            self.write(Begin(intent))
            with self.turns.of(self.rig.lifecycle(change.address.kind)):
                self.require_free(change, intent)
                seen = self.send(line, make, intent)
        with self.entries.effected(seen.id):
            self.check(intent, seen)
            self.put(change, record_of(intent, seen), intent.op)
        self.active |= {seen.id} if self.makes_run(change) else set()
        return Done(change, seen.id, seen.status)

    def require_free(self, change: Change, intent: Intent) -> None:
        """What is wrong by now would have kept it back: nothing was sent, so its intent goes."""
        if reason := self.obstacle(change):
            if self.entries.can_be_written:
                self.write(Clear(intent.op, reason))
            raise _KeptBack(reason)

    def send(self, line: Line, make: Make, intent: Intent) -> Observed:
        """The one request. What was refused closes its intent; what is in doubt is looked for."""
        kind = self.rig.kinds[intent.address.kind]
        try:
            return kind.create(self.rig.api, line, make, self.rig.owners)
        except Unknown as doubt:
            if found := look_for(intent, kind, self.held, self.rig):
                return found
            if kind.lifecycle is Lifecycle.RUN:
                raise doubted(intent, doubt, self.rig.patience) from doubt
            raise
        except ReconcilerError as error:
            self.write(Clear(intent.op, error.what))
            raise

    def check(self, intent: Intent, seen: Observed) -> None:
        """What was made under our marker and is not what was asked for has to go again."""
        if seen.marker and not agrees(seen.marker.fingerprint, intent.fingerprint):
            self.write(Depose(Deposed(seen.id, intent.address, seen.reads), intent.op))
            raise mistaken(intent, seen.id, seen.marker.fingerprint)

    def hold(self, change: Change) -> Done:
        """Pause a run, or let it go on: the one thing about it that can be changed in place."""
        kind = self.rig.kinds[change.address.kind]
        is_pause = change.action is Action.PAUSE
        self.write(Hold(change.id, change.address, is_pause))
        seen = kind.hold(self.rig.api, change.id, self.rig.owners, pause=is_pause)
        held = held_as(self.records[change.address], seen)
        with self.entries.effected(change.id):
            self.write(Put(change.address, held))  # else the next plan takes it for drift
        return Done(change, change.id, seen.status)

    def retire(self, change: Change) -> Done:
        """Delete or cancel; a run that ended meanwhile is history."""
        self.write(Retire(change.id, change.address, change.action is Action.CANCEL))
        left = self.rig.kinds[change.address.kind].remove(self.rig.api, change.id, self.rig.owners)
        self.active.discard(change.id)
        if left is None or left.phase.is_terminal:
            with self.entries.effected(change.id):
                self.write(Gone(change.id))
        return Done(change, change.id, left.status if left else "")
