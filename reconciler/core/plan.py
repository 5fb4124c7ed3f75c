"""What `diff` decides: changes, each with a reason that a person can read, and findings."""

from collections.abc import Iterable, Mapping
from enum import Enum, StrEnum
from typing import NamedTuple

from msgspec import Struct, field

from reconciler.core.address import Address
from reconciler.core.alias import Alias
from reconciler.core.checks import Trial
from reconciler.core.cost import NO_BUDGET, Budget, Cost, Total, total
from reconciler.core.entries import Entry
from reconciler.core.resource import Attempt, Record, Resource


class Action(Enum):
    """What happens to an address; the value is the glyph."""

    CREATE = "+"
    REPLACE = "±"
    DELETE = "-"
    CANCEL = "×"
    ADOPT = "→"
    FORGET = "."
    PAUSE = "‖"
    RESUME = "▸"
    CHECK = "?"
    PROMOTE = "↑"
    WAITING = "…"

    @property
    def word(self) -> str:
        """The word that always stands beside the glyph."""
        return self.name.lower()

    @property
    def past(self) -> str:
        """The word once it is done."""
        return _PAST[self]

    @property
    def makes(self) -> bool:
        """Whether it creates an object at the API."""
        return self in (Action.CREATE, Action.REPLACE)

    @property
    def destroys(self) -> bool:
        """Whether it takes something away at the API."""
        return self in (Action.DELETE, Action.CANCEL)


_PAST = {
    Action.CREATE: "created",
    Action.REPLACE: "created",
    Action.DELETE: "deleted",
    Action.CANCEL: "cancelled",
    Action.ADOPT: "adopted",
    Action.FORGET: "forgot",
    Action.PAUSE: "paused",
    Action.RESUME: "resumed",
    Action.CHECK: "checked",
    Action.PROMOTE: "promoted",
    Action.WAITING: "waits for",
}


class Difference(StrEnum):
    """Between which of the three views of an address a change stands."""

    EDIT = "manifest against recorded"
    """The manifest was edited since the last apply."""
    DRIFT = "observed against recorded"
    """Something changed outside since the last apply."""
    ASKED = "asked for on the command line"
    """Nothing differs: a person wants it made anew, or gone."""
    LIVE = "manifest against observed"
    """What is live is not what the manifest says, though nothing is recorded that differs."""


class Detail(NamedTuple):
    """One line below a change: a field or a word, what it was, what it becomes, a note.

    `forces` says that this very field is why something is trained again.
    """

    label: str
    before: str = ""
    after: str = ""
    note: str = ""
    forces: bool = False

    @property
    def remark(self) -> str:
        """What stands after the two values."""
        return "forces training" if self.forces else self.note


class Change(Struct, frozen=True):
    """One thing to do. `reason` and `details` explain it and decide nothing.

    Attributes:
        id: the object it acts on or displaces; empty for a CREATE.
        resource: what to make (CREATE, REPLACE) or to record (ADOPT).
        record: what is recorded when an ADOPT is done.
        attempt: of the object to make.
        depose: the displaced object `id` still has to be retired once this is done.
        follows: this change only runs when that address's own change is done; it is the tail of
            that change and is not counted for itself.
        leads: it is done before that change instead, which then needs it.
        moved_from: the address that the manifest says it had.
        cost: of a run, in USD; None for what is never paid for.
        awaits: what becomes of a WAITING by itself; None where a person has to decide.
        difference: where it comes from; said, and deciding nothing.
        is_kept: of a FORGET: the object stays at the API on purpose, and `gc` leaves it alone.
        alias: of a PROMOTE: what the address points at from then on; its history is the promotion
            itself, without who and when.
        trial: of a CHECK: which model is asked what.
    """

    action: Action
    address: Address
    reason: str
    id: str = ""
    details: tuple[Detail, ...] = ()
    resource: Resource | None = None
    record: Record | None = None
    attempt: Attempt = Attempt()
    depose: bool = False
    follows: Address | None = None
    leads: bool = False
    moved_from: Address | None = None
    cost: Cost | None = None
    awaits: Action | None = None
    difference: Difference = Difference.EDIT
    is_kept: bool = False
    alias: Alias | None = None
    trial: Trial | None = None

    @property
    def goal(self) -> Action:
        """What it comes to, now or when its waiting is over."""
        return self.awaits or self.action

    @property
    def key(self) -> tuple[Address, str]:
        """What tells this change from the others of its address."""
        return self.address, "" if self.resource else self.id


class Severity(StrEnum):
    """How much a finding matters; it decides the exit code."""

    FAILED = "failed"
    """A standing failure: exit 1 until a person resolves it."""
    UNSETTLED = "unsettled"
    """Not known yet: exit 5."""
    REFUSED = "refused"
    """Must not be done like this: exit 3."""
    WARNING = "warning"
    NOTE = "note"
    """Said beside the plan; nothing is wrong, and nothing follows from it."""


class Failure(NamedTuple):
    """How a run failed, and what it would cost to run it again.

    Attributes:
        code, param: of the API's error; empty where it tells none.
        file, line: the dataset's row that it is about, as far as the API says; else empty and 0.
        cost: of one more run, in USD.
    """

    code: str = ""
    param: str = ""
    file: str = ""
    line: int = 0
    cost: Cost | None = None

    @property
    def place(self) -> str:
        """`training_file data/support.jsonl:100`."""
        row = f"{self.file}:{self.line}" if self.file else ""
        return " ".join(filter(None, (self.param, row)))


class Finding(NamedTuple):
    """Something to say about an address that is not a change: four parts, as an error has.

    `failure` is that of a standing failure; its cure then says `TRAINS_AGAIN` where that is paid.
    """

    severity: Severity
    address: Address
    what: str
    where: str = ""
    why: str = ""
    cure: str = ""
    failure: Failure | None = None


class Outside(StrEnum):
    """What became of a recorded object, not by us."""

    GONE = "gone"
    EXPIRED = "expired"
    FAILED = "failed"
    CANCELLED = "cancelled"
    PAUSED = "paused"
    RESUMED = "resumed"
    MODEL_DELETED = "model deleted"


class Drift(NamedTuple):
    """Observed differs from recorded: what changed outside since the last apply.

    Attributes:
        before, after: its status as recorded and as observed; empty where it is not there.
        note: why nothing follows; empty where a change or a finding of this address says more.
    """

    address: Address
    id: str
    how: Outside
    what: str
    before: str = ""
    after: str = ""
    note: str = ""

    @property
    def words(self) -> str:
        """What changed, and why nothing follows."""
        return "; ".join(filter(None, (self.what, self.note)))


class Plan(Struct, frozen=True):
    """The difference between what is declared and what is, as values.

    Attributes:
        changes: in the order of their addresses; `order` gives the order of their effects.
        refreshes: journal entries that only bring the state up to date; no effect, not shown.
        findings: standing failures, what is unsettled, warnings and notes.
        drift: what changed outside, in the order of the addresses.
        in_sync: kind → how many addresses are as declared.
        running: kind → how many of these are still running.
        budget: what may be spent, and `spent` what was this month; None where no limit asks.
        unpriced: ids of runs that go on at a cost that nobody knows, where that limit asks.
        kept: of `destroy`: the models that it leaves, though they are ours.
    """

    changes: tuple[Change, ...] = ()
    refreshes: tuple[Entry, ...] = ()
    findings: tuple[Finding, ...] = ()
    in_sync: Mapping[str, int] = field(default_factory=dict)
    running: Mapping[str, int] = field(default_factory=dict)
    drift: tuple[Drift, ...] = ()
    budget: Budget = NO_BUDGET
    spent: Total | None = None
    kept: tuple[str, ...] = ()
    unpriced: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be done or waited for."""
        return not self.changes

    def count(self, action: Action) -> int:
        """How many changes of an action, without those that are the tail of another change."""
        is_part = action is not Action.CHECK
        return sum(1 for c in self.changes if c.action is action and not (is_part and c.follows))

    @property
    def cost(self) -> Total:
        """What all changes cost together, those that still wait included."""
        return total(change.cost for change in self.changes if change.cost)

    def of(self, *severities: Severity) -> tuple[Finding, ...]:
        """The findings of these severities, in order."""
        return tuple(item for item in self.findings if item.severity in severities)


def by_address(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Changes in the order people read them: by address, what leads, the change, its tail."""
    return tuple(sorted(changes, key=lambda c: (c.address, _part(c), c.id)))


def _part(change: Change) -> int:
    """Its place among the parts of its address's change."""
    return -1 if change.leads else int(change.follows is not None)
