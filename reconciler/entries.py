"""The entries of one apply, on their way to the journal from whatever thread."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from reconciler.core.entries import Entry
from reconciler.errors import ReconcilerError


class Unwritten(Exception):
    """An entry could not be written; `id` is the object on which the effect took place, if any."""

    def __init__(self, error: ReconcilerError, id_: str = "") -> None:
        super().__init__(id_)
        self.error, self.id = error, id_


class Entries:
    """After one that could not be written, what is stored is not known: nothing more is begun."""

    def __init__(self, write: Callable[[Entry], None]) -> None:
        """`write` makes one durable before it returns."""
        self._write, self.can_be_written = write, True

    def write(self, entry: Entry) -> None:
        """Make it durable; raises `Unwritten`."""
        try:
            self._write(entry)
        except ReconcilerError as error:
            self.can_be_written = False
            raise Unwritten(error) from error

    @contextmanager
    def effected(self, id_: str) -> Iterator[None]:
        """What is written in the block tells of an effect that took place."""
        try:
            yield
        except Unwritten as unwritten:
            raise Unwritten(unwritten.error, id_) from unwritten
