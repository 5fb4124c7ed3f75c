"""Where the composer writes what it finds: problems with a place, up to a limit."""

from typing import NoReturn, Protocol

from reconciler.errors import InvalidInput, Mark, Problem
from reconciler.manifest.finding import MAX_PROBLEMS


class Place(Protocol):
    """The parser's mark; line and column count from 0, columns in characters."""

    @property
    def line(self) -> int: ...  # noqa: D102 - the class says it
    @property
    def column(self) -> int: ...  # noqa: D102 - the class says it


class Report:
    """Adds to a list of problems that the caller owns.

    Every method raises `InvalidInput` with all of them once there are `MAX_PROBLEMS`.
    """

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self.file = file
        self._problems = problems

    def add(self, place: Place, code: str, what: str, *, why: str = "", cure: str = "") -> None:
        """Report a mistake, and go on."""
        mark = Mark(self.file, place.line + 1, place.column + 1)
        self._problems.append(Problem(what, code, mark, why=why, cure=cure))
        if len(self._problems) >= MAX_PROBLEMS:
            raise InvalidInput(self._problems)

    def stop(
        self, place: Place, code: str, what: str, *, why: str = "", cure: str = ""
    ) -> NoReturn:
        """Report a mistake after which nothing can be read."""
        self.add(place, code, what, why=why, cure=cure)
        raise InvalidInput(self._problems)
