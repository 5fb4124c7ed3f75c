"""What a place has to do for a state: create an object once, read, list, remove.

No other write is needed: what exists is never changed.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

T = TypeVar("T")

_WAITS = (0.2, 1.0, 3.0)
"""Seconds before each further try."""


class StoreError(Exception):
    """The store did not do it, or it is not known whether it did.

    Attributes:
        why: the cause, for people.
        cure: what to do; empty where nothing special is known.
        is_final: whether another try would end in the same way.
    """

    def __init__(self, why: str, cure: str = "", *, is_final: bool = False) -> None:
        super().__init__(why)
        self.why, self.cure, self.is_final = why, cure, is_final


class Store(Protocol):
    """Objects under one prefix. A list has whatever was created before it was asked for."""

    def create(self, key: str, data: bytes) -> bool:
        """Create an object, durably; False where there is one of this name.

        Raises:
            StoreError: it may have been created or not.
        """
        ...

    def read(self, keys: Sequence[str]) -> list[bytes | None]:
        """Each object, or None where it is not there (any more)."""
        ...

    def names(self) -> Mapping[str, str]:
        """Every key, and a tag that is another one when the object is another one."""
        ...

    def remove(self, keys: Sequence[str]) -> None:
        """Remove objects; those that are gone already are no mistake."""
        ...


def created(store: Store, key: str, data: bytes) -> bool:
    """Create an object of bytes that nobody else writes; whether it is there now, and is ours.

    A lost answer is no matter: the same create can be sent again, as it either does it, or finds
    something there, and that is ours or another's.

    Raises:
        StoreError: it cannot be told.
    """
    return again(lambda: _created(store, key, data))


def _created(store: Store, key: str, data: bytes) -> bool:
    if store.create(key, data):
        return True
    (found,) = store.read([key])
    if found is None:
        raise StoreError("the store says that an object is there, and does not give it")
    return found == data


def again(attempt: Callable[[], T]) -> T:
    """Whatever comes of it in the end, for what may be done more than once."""
    for wait in _WAITS:
        try:
            return attempt()
        except StoreError as error:
            if error.is_final:
                raise
        time.sleep(wait)
    return attempt()
