"""What an endpoint said that took no further run: kept in the state, so that a plan knows it."""

from typing import Any, NamedTuple, Self

from reconciler.core.grant import text, whole

AGAIN = 300
"""Seconds after which it is asked again, where it did not say when: a refusal costs nothing."""


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
    def of(cls, body: list[Any]) -> Self:
        """What these JSON values say; raises ValueError or TypeError."""
        active, until, why = body
        return cls(whole(active), None if until is None else whole(until), text(why))
