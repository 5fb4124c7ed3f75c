"""Lineage as values: the bytes that a run read, the run, its model, and the aliases that use it.

dataset digest → file → run → checkpoint → model → alias. What is not known is empty, and `lost`
says why: it is never guessed.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from reconciler.core.address import Address
from reconciler.core.alias import Checked, Promotion
from reconciler.core.cost import Cost
from reconciler.core.losses import Losses
from reconciler.core.resource import NOTHING, Phase

STATE_LOST = "the state was lost"
NOT_KEPT = "the state does not know it"
UNTOLD = "nothing told it then"
IMPORTED = "it was made outside and imported"


class Made(NamedTuple):
    """By whom something was made, of which commit, in which CI run; empty: not known.

    `at` is API time, Unix seconds.
    """

    who: str = ""
    commit: str = ""
    run: str = ""
    at: int | None = None


class Data(NamedTuple):
    """The bytes that a run read, and the file that they were at the API.

    Attributes:
        field: the API's name of how they are read, `training_file`; empty for a file by itself.
        file: the id; `address` and `name` are whose it is, and what the endpoint calls it.
        sha256: of the bytes: 64 hex digits, or the first 32 where only a marker tells; else empty.
        rows, bytes: None where nothing tells them.
        is_listed: whether the endpoint still has the file; `expired_at` says since when it has not.
        lost: why what is not known is not.
    """

    field: str = ""
    file: str = ""
    address: Address | None = None
    name: str = ""
    sha256: str = ""
    rows: int | None = None
    bytes: int | None = None
    is_listed: bool = False
    expired_at: int | None = None
    made: Made = Made()
    lost: str = ""

    @property
    def unknown(self) -> tuple[str, ...]:
        """Names of what should be known, and is not."""
        return _missing(sha256=self.sha256, rows=self.rows)


class Training(NamedTuple):
    """One run, and what it was made of.

    Attributes:
        base: the model that it began with; `parent` is the run that made that, where it is ours.
        settings: flat field → value of the method, its hyperparameters, seed, suffix.
        tokens: of one pass over the data, as counted when it was made; `trained` were billed.
        cost: what it was billed; None where that is not known, or not yet.
        reason: why a person asked for it once more.
        is_listed: whether the endpoint still shows it.
        lost: why what is not known is not.
    """

    id: str
    address: Address | None = None
    status: str = ""
    phase: Phase = Phase.UNKNOWN
    attempt: str = ""
    fingerprint: str = ""
    base: str = ""
    parent: "Training | None" = None
    settings: Mapping[str, Any] = NOTHING
    data: tuple[Data, ...] = ()
    model: str = ""
    tokens: int | None = None
    trained: int = 0
    cost: Cost | None = None
    made: Made = Made()
    finished_at: int | None = None
    reason: str = ""
    is_listed: bool = False
    lost: str = ""

    @property
    def unknown(self) -> tuple[str, ...]:
        """Names of what should be known, and is not."""
        made = self.made
        return _missing(base=self.base, commit=made.commit, who=made.who, tokens=self.tokens)


def _missing(**told: object) -> tuple[str, ...]:
    return tuple(name for name, value in told.items() if value in (None, ""))


class Use(NamedTuple):
    """An alias that points at a model, or did.

    Attributes:
        promotion: how it came to; None where nothing is known of that.
        checked: what came of the checks then.
        is_current: whether it points at the model now.
        told_by: the file that says so, where the state does not know it.
    """

    alias: Address
    promotion: Promotion | None = None
    checked: Checked | None = None
    is_current: bool = True
    is_pinned: bool = False
    told_by: str = ""


class Lineage(NamedTuple):
    """A model and where it is from; or a run that has none.

    Attributes:
        step: at which it was saved, of a checkpoint; None: it is what was there at the end.
        training: None where no run of this owner made it.
        is_listed: whether the endpoint has the model; None: it tells none.
    """

    model: str = ""
    step: int | None = None
    training: Training | None = None
    uses: tuple[Use, ...] = ()
    is_listed: bool | None = None
    losses: Losses = Losses()


class Answer(NamedTuple):
    """What is known of a target: of a file itself, or of a model; and all that came of it."""

    target: str
    lineages: tuple[Lineage, ...] = ()
    file: Data | None = None
