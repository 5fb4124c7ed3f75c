"""What a check says about one key of the manifest, before it is known where that key stands."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from reconciler.errors import Mark, Problem

Path: TypeAlias = tuple[str | int, ...]
"""Keys and list positions (from 0) from the top of the manifest: `("moved", 0, "from")`."""

MAX_PROBLEMS = 200
"""Reading stops here: a broken or hostile file does not get a report larger than itself."""


class Finding(NamedTuple):
    """One mistake, at the key that has to change; the words are those of `errors.Problem`."""

    path: Path
    code: str
    what: str
    why: str = ""
    cure: str = ""

    def at(self, mark: Callable[[Path], Mark]) -> Problem:
        """The finding as a problem with its place."""
        return Problem(self.what, self.code, mark(self.path), why=self.why, cure=self.cure)
