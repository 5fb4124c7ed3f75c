"""What an endpoint said that took no further run: kept in the state, so that a plan knows it."""

from math import ceil
from typing import Any, NamedTuple, Self

from reconciler.core.grant import text, whole

AGAIN = 300
"""Seconds after which it is asked again, where it did not say when: a refusal costs nothing."""

LONGEST = 3600
"""Seconds: who says that it takes no run for longer is not believed, and asked again as usual."""


class Full(NamedTuple):
    """A journal entry: it took no further run (429), which nothing was made of.

    Attributes:
        active: runs that had not ended then, anybody's.
        until: API time (Unix seconds) from which it is asked again; None where it tells no time.
        why: its own words.
    """

    active: int
    until: int | None
    why: str

    @classmethod
    def now(cls, active: int, date: int | None, retry_after: float | None, why: str) -> Self:
        """What was said at this API time, with the seconds that it asked for."""
        wait = AGAIN if retry_after is None or retry_after > LONGEST else ceil(retry_after)
        return cls(active, None if date is None else date + wait, why)

    @classmethod
    def of(cls, body: list[Any]) -> Self:
        """What these JSON values say; raises ValueError or TypeError."""
        active, until, why = body
        return cls(whole(active), None if until is None else whole(until), text(why))
