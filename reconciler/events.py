"""What happens while a plan is applied, as values; only the CLI speaks."""

from typing import NamedTuple

from msgspec import Struct

from reconciler.core.plan import Change
from reconciler.errors import ReconcilerError


class Started(NamedTuple):
    """The effect of this change begins."""

    change: Change


class Sending(Struct, frozen=True):
    """So many bytes of its content have gone out, of so many; told about once a second."""

    change: Change
    sent: int
    total: int


class Done(NamedTuple):
    """It took effect; `id` is the object it made or acted on, `status` the API's word for it."""

    change: Change
    id: str
    status: str = ""
    note: str = ""


class Failed(NamedTuple):
    """It certainly did not take effect."""

    change: Change
    error: ReconcilerError


class Doubtful(NamedTuple):
    """It may have taken effect or not; the intent stays until there is evidence."""

    change: Change
    error: ReconcilerError


class Unrecorded(NamedTuple):
    """It took effect and could not be written down; `error` says what is safe and what to do."""

    change: Change
    id: str
    error: ReconcilerError


class Postponed(NamedTuple):
    """The endpoint takes no further run now: nothing was made, and a later round tries again."""

    change: Change
    error: ReconcilerError


class Skipped(NamedTuple):
    """It was not started."""

    change: Change
    reason: str


Event = Started | Sending | Done | Failed | Doubtful | Unrecorded | Postponed | Skipped
