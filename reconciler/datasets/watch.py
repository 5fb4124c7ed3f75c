"""Who looks at each example of a file while it is read."""

from collections.abc import Sequence
from typing import Any, Protocol

from reconciler.datasets.finding import Row
from reconciler.datasets.plain import Usual


class Watcher(Protocol):
    """Measures the examples of a part of a file, and adds up with the watchers of other parts.

    A large file is read by several processes: a watcher is then pickled, fresh, to each of them,
    and comes back with what it saw. So it holds values alone, and no order of parts is promised.
    """

    def begin(self, first: int, lines: Sequence[bytes]) -> None:
        """A block of lines, of which the first has this number: its examples are seen next."""

    def see(self, row: Row) -> None:
        """An example that is a JSON object, and not one of the usual ones."""

    def see_plain(self, usual: Usual) -> None:
        """All usual examples of the block."""

    def merge(self, other: Any) -> None:  # noqa: ANN401  # the same class, of another part
        """Take over what another watcher of this class saw."""
