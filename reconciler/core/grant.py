"""What a yes to a plan allows, one thing at a time: values that a state and a saved plan keep."""

from enum import StrEnum
from typing import Any, NamedTuple, Self

from reconciler.core.address import Address
from reconciler.core.resource import Attempt, Retry


class Verb(StrEnum):
    """What is allowed to happen to an address."""

    PAY = "pay"
    """A run is made, and tried again as far as its `retry` says."""
    RETIRE = "retire"
    """What the state records there is given up: cancelled, deleted, or left as history."""
    SPARE = "spare"
    """A second live object of one attempt is cancelled or deleted."""
    UPLOAD = "upload"
    ADOPT = "adopt"
    FORGET = "forget"
    """It is recorded no more, and stays at the API whatever it does."""
    PAUSE = "pause"
    RESUME = "resume"
    """A run that is held goes on, and is paid for."""
    PROMOTE = "promote"
    """What applications use becomes another model."""
    FORCE = "force-promote"
    """The same, in spite of what speaks against it."""

    @property
    def is_stake(self) -> bool:
        """Whether money, an object or a model in use can be lost: what reviewers are asked."""
        return self in _STAKES


_STAKES = (Verb.PAY, Verb.RETIRE, Verb.SPARE, Verb.RESUME, Verb.PROMOTE, Verb.FORCE)


class Grant(NamedTuple):
    """One thing that a yes allows. It names no id and no time: another machine says the same.

    Attributes:
        fingerprint: of what is made, or given up.
        heir: the fingerprint of what takes the place of what is given up; empty for nothing.
    """

    verb: Verb
    address: Address
    fingerprint: str = ""
    attempt: Attempt = Attempt()
    retry: Retry = Retry()
    heir: str = ""

    @classmethod
    def of(cls, body: list[Any]) -> Self:
        """The grant that these JSON values say.

        Raises:
            ValueError, TypeError: they say none.
        """
        verb, (kind, name), fingerprint, (generation, number), (most, on), heir = body
        return cls(
            Verb(verb),
            Address.parse(f"{text(kind)}.{text(name)}"),
            text(fingerprint),
            Attempt(whole(generation), whole(number)),
            Retry(whole(most), tuple(text(code) for code in on)),
            text(heir),
        )


class Review(NamedTuple):
    """What was reviewed last by its digest: so that an apply that was cut short can go on."""

    digest: str
    grants: tuple[Grant, ...]

    @classmethod
    def of(cls, body: list[Any]) -> Self:
        """The review that these JSON values say; raises as `Grant.of`."""
        digest, grants = body
        return cls(text(digest), tuple(Grant.of(grant) for grant in grants))


def text(value: object) -> str:
    """The value, if it is text; raises TypeError."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.20} is no text")
    return value


def whole(value: object) -> int:
    """The value, if it is a whole number; raises TypeError."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r:.20} is no whole number")
    return value
