"""Findings of `validate` for programs: what all their formats share."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from reconciler.errors import Mark, Problem
from reconciler.render.ci_log import below, path_below

_NUMBER = re.compile(r"[\d,]+")


class Checked(NamedTuple):
    """What was checked, and what was found.

    Attributes:
        manifest: the manifest's path; what has no place of its own is told there.
        files: every file that was read, the manifest first.
        problems: all findings; of each file the first ones.
        further: file → how many more there are.
    """

    manifest: str
    files: Sequence[str]
    problems: Sequence[Problem]
    further: Mapping[str, int] = {}

    def place(self, problem: Problem) -> Mark:
        """Where a finding is."""
        return problem.mark or Mark(self.manifest, 1, 1)

    def below(self, workspace: str) -> "Checked":
        """The same with every file as a CI system names it, from the folder of its checkout on."""
        found = (p._replace(mark=p.mark and below(p.mark, workspace)) for p in self.problems)
        return Checked(
            path_below(self.manifest, workspace),
            [path_below(file, workspace) for file in self.files],
            [*found],
            {path_below(file, workspace): count for file, count in self.further.items()},
        )


def more(count: int) -> str:
    """What stands for findings that are only counted."""
    return f"+{count:,} more in this file"


def worst_first(problems: Iterable[Problem]) -> list[Problem]:
    """Errors, then warnings; else as they come."""
    return sorted(problems, key=lambda problem: problem.severity != "error")


def fingerprinted(checked: Checked, problems: Iterable[Problem]) -> Iterator[tuple[Problem, str]]:
    """Each finding with what it is known by after lines were put in before it.

    No line or other number is in it; equals in one file are told apart by their order.
    """
    seen: Counter[tuple[str, str, str]] = Counter()
    for problem in problems:
        what = _NUMBER.sub("#", problem.what)
        key = (checked.place(problem).file, problem.code, what)
        seen[key] += 1
        text = "\0".join((*key, str(seen[key])))
        yield problem, hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
