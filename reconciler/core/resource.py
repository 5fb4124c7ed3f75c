"""The values that the engine compares: desired, recorded, observed.

A desired `Resource` comes from the manifest, a `Record` from the state, an `Observed` from the
API. All are plain values; none of them can do anything. Those that come by the ten thousand are
structs, which cost a fifth of what a named tuple does.
"""

from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import Any, Final, NamedTuple

from msgspec import Struct, field

from reconciler.core.address import Address
from reconciler.core.alias import Published
from reconciler.core.cost import NO_TERMS, Terms, Work

NOTHING: Final[Mapping[str, Any]] = {}
"""The value of a member that says nothing; shared, so its type lets nobody write to it."""


class Phase(StrEnum):
    """What an API status means to the engine. Status strings are an open set."""

    IN_PROGRESS = "in_progress"
    READY = "ready"
    FAILED = "failed"
    UNKNOWN = "unknown"

    @property
    def is_terminal(self) -> bool:
        """Whether the object will not change by itself any more; an unknown phase may."""
        return self in (Phase.READY, Phase.FAILED)


class Lifecycle(Enum):
    """How objects of a kind live and end; it decides which rules of `diff` hold for them."""

    STORED = "stored"
    """Kept until deleted; free to make; may be read by others (files)."""
    RUN = "run"
    """Paid for once, runs, ends, and then is history that nothing deletes (jobs)."""
    POINTER = "pointer"
    """Nothing at the API: a name of ours for something that is there (models)."""


class Attempt(NamedTuple):
    """Which run of a spec: the manifest sets the generation, retries raise the try."""

    generation: int = 1
    number: int = 1

    def __str__(self) -> str:
        return f"{self.generation}.{self.number}"


FIRST: Final = Attempt()
"""Of a run that is neither raised nor tried again."""

MODEL: Final = "fine_tuned_model"
"""Fact of a run that succeeded: what it made."""

DIGITS: Final = 32
"""Hex digits of a SHA-256 in a marker, a file's name or a job's metadata: 128 bits."""


class Marker(Struct, frozen=True):
    """How an object of this owner says what it is: in a job's metadata, in a file's name."""

    address: Address
    fingerprint: str
    attempt: Attempt = Attempt()
    op: str = ""
    data: str = ""


class Retry(NamedTuple):
    """How often a failed run may be tried again without a person, and after which errors.

    `on` lists the API's `error.code`s (and `cancelled`); empty means after any.
    """

    max: int = 0
    on: tuple[str, ...] = ()


class Resource(Struct, frozen=True):
    """Desired: what the manifest declares, with every reference resolved to content.

    Attributes:
        spec: what is fingerprinted; references stand as content digests, not ids.
        refs: API field → address of the resource that it reads.
        body: what is sent beside the spec and decides nothing (metadata, a file's path).
        summary: a few words for people, e.g. `gpt-4.1-mini, 4 epochs`.
        paused: whether its run should stand still, or not be made yet.
        import_id: the id that the manifest binds to this address for good.
        path: the local file that it is the content of, as the manifest spells it; for people.
        work: what there is to train: of data, and of a run that reads them.
    """

    address: Address
    spec: Mapping[str, Any]
    fingerprint: str
    generation: int = 1
    refs: Mapping[str, Address] = NOTHING
    body: Mapping[str, Any] = NOTHING
    summary: str = ""
    protect: bool = False
    paused: bool = False
    retry: Retry = Retry()
    import_id: str | None = None
    facts: Mapping[str, Any] = NOTHING
    path: str = ""
    work: Work | None = None


class Record(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Recorded: what the state knows of the object that an address stands for.

    `reads` are the ids of the objects it reads; `facts` are figures for people (rows, model).
    `protect` is kept here so that deleting the manifest block does not delete the guard.

    A state has its members in this order, those at their defaults left out.
    """

    id: str
    fingerprint: str
    spec: Mapping[str, Any]
    phase: Phase
    status: str
    created_at: int
    facts: Mapping[str, Any]
    attempt: Attempt = FIRST
    reads: tuple[str, ...] = ()
    expires_at: int | None = None
    protect: bool = False
    imported: bool = False

    @property
    def gives(self) -> str:
        """What a reader is given: a run's model, else the id itself."""
        return str(self.facts.get(MODEL) or self.id)


class Observed(Struct, frozen=True):
    """Live: one object as the API lists it.

    `marker` is None where the object is not of this owner; `is_bare` where it has no metadata at
    all, so that it may be anybody's. `is_usable` is False for a succeeded run whose model is gone.
    `error_code` is why a failed run failed. `body` is the API's answer.
    """

    kind: str
    id: str
    phase: Phase
    status: str
    created_at: int
    marker: Marker | None = None
    reads: tuple[str, ...] = ()
    is_usable: bool = True
    is_paused: bool = False
    is_bare: bool = False
    error_code: str = ""
    expires_at: int | None = None
    facts: Mapping[str, Any] = NOTHING
    body: Mapping[str, Any] = NOTHING

    @property
    def gives(self) -> str:
        """What a reader is given: a run's model, else the id itself."""
        return str(self.facts.get(MODEL) or self.id)


REASON = "reason"
"""Fact of a run that a person asked for: why."""

AUTHORED: Final = ("who", "commit", "run")
"""Facts of what was made here: by whom, of which commit, in which CI run."""

ROWS: Final = "rows"
"""Fact of a file, and of a run that trains on it: examples."""

LEARNT = "learnt"
"""Fact of a run that ended: its losses, where an alias is chosen by them (`losses.Learnt.fact`)."""

HELD = ("pausing", "paused")
"""Statuses of a run that stands still because somebody said so."""


class Live(Struct, frozen=True):
    """Everything observed in one look.

    Attributes:
        objects: id → object, of a complete, unfiltered walk of every kind.
        gone: recorded ids that are in no list and answered 404 when asked one by one.
        unlisted: recorded ids that are in no list yet, and were there when asked one by one.
        date: the API's own clock when the look began, Unix seconds, or None where it sent none:
            what was made later than that, the lists need not show.
        models: id of each of the endpoint's models → the day on which it ends (`YYYY-MM-DD`), empty
            where none is told; None where it has no list of them.
        published: the file of `outputs`; None where the manifest has none.
        waited: seconds since this very apply began to look: the only age that is known where
            the API tells no time.
    """

    objects: Mapping[str, Observed]
    gone: frozenset[str] = frozenset()
    date: int | None = None
    waited: int = 0
    unlisted: frozenset[str] = frozenset()
    models: Mapping[str, str] | None = None
    published: Published | None = None

    def is_past(self, moment: int | None, patience: int) -> bool:
        """Whether this moment of the API's time is so many seconds ago.

        Two machines' clocks are never compared: an unknown age means the full wait, here and now.
        """
        if moment is None or self.date is None:
            return self.waited >= patience
        return self.date >= moment + patience

    def of(self, kind: str) -> list[Observed]:
        """All objects of a kind, in the order of the lists."""
        return [seen for seen in self.objects.values() if seen.kind == kind]


class RunLimit(NamedTuple):
    """How many runs the endpoint may have that have not ended, and what says so."""

    most: int
    where: str = ""


MOST_REQUESTS: Final = 1_000
"""Chat completions for checks, where the manifest says nothing of them."""


class Lifetime(NamedTuple):
    """How many days a base model must go on for a run to be paid for, and where that is said."""

    days: int
    where: str = ""


class Desired(Struct, frozen=True):
    """All that the manifest wants, resolved: resources and what is said about addresses."""

    resources: Mapping[Address, Resource] = field(default_factory=dict)
    """what is read stands before its readers."""
    moved: Mapping[Address, Address] = field(default_factory=dict)
    """new address → the one it had."""
    removed: Mapping[Address, bool] = field(default_factory=dict)
    """address no longer declared → whether its object is kept at the API."""
    renewed: frozenset[Address] = frozenset()
    """what a person asks to be made anew; all of it is declared."""
    retried: frozenset[Address] = frozenset()
    """where a person asks for one more try of a run that failed."""
    cancelled_first: frozenset[Address] = frozenset()
    """where a run that is replaced has to end before the new one is made."""
    left_out: frozenset[Address] = frozenset()
    """what of it is out of the scope that a person chose: it takes no place from the rest."""
    forced: frozenset[Address] = frozenset()
    """aliases that a person promotes whatever is not known, or was not as expected."""
    why: str = ""
    """what that person said."""
    terms: Terms = NO_TERMS
    """What runs are paid by."""
    most_requests: int = MOST_REQUESTS
    """Chat completions that the checks of one apply may take, in all its rounds."""
    limit: RunLimit | None = None
    lifetime: Lifetime | None = None
    are_models_final: bool = False
    """Whether the endpoint deletes none by its API."""
    elsewhere: frozenset[str] = frozenset()
    """Models that other environments of the manifest name."""

    def origins(self, address: Address) -> tuple[Address, ...]:
        """The addresses that `moved` says it had, the latest first."""
        found: list[Address] = []
        source = self.moved.get(address)
        while source and source not in (address, *found):
            found.append(source)
            source = self.moved.get(source)
        return tuple(found)
