"""What is reported of one file: the first findings in full, the others as a number."""

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any, NamedTuple, Self

from reconciler.datasets.finding import Finding, Place
from reconciler.errors import Mark, Problem
from reconciler.rules import RULES, Severity

KEPT = 1_000
"""Problems kept of one file, errors before warnings."""


class Spot(NamedTuple):
    """A line, as it is known before the lines before it are: by its block.

    Attributes:
        line: its number, from 1.
        block: the number of the first line of its block.
        blanks: how many blank lines the block has before it.
    """

    line: int
    block: int
    blanks: int


class Kept(NamedTuple):
    """A finding and its place."""

    spot: Spot
    column: int
    finding: Finding


_PLACE = attrgetter("spot", "column")


class Report:
    """Findings in the order of the lines: of each severity the first ones, the others counted."""

    def __init__(self) -> None:
        self.kept: dict[Severity, list[Kept]] = {"error": [], "warning": []}
        self.count: dict[Severity, int] = {"error": 0, "warning": 0}

    def add(self, finding: Finding, spot: Spot, column: Callable[[Place], int]) -> None:
        """Keep a finding; its column is asked for if it is kept."""
        severity = RULES[finding.code].severity
        self.count[severity] += 1
        if len(self.kept[severity]) < KEPT:
            self.kept[severity].append(Kept(spot, column(finding.at), finding))

    def merge(self, other: Self) -> None:
        """Those of another part of the file, too.

        Findings of one line stay in the order of their rules, in which one part would keep them.
        """
        self._take(other, attrgetter("spot"))

    def merge_rules(self, other: Self) -> None:
        """Those of other rules for the same lines, too: the first of a line by their columns."""
        self._take(other, _PLACE)

    def _take(self, other: Self, order: Callable[[Kept], Any]) -> None:
        for severity, kept in self.kept.items():
            self.count[severity] += other.count[severity]
            kept.extend(other.kept[severity])
            kept.sort(key=order)
            del kept[KEPT:]

    def problems(self, shown: str, example: Callable[[Spot], int]) -> list[Problem]:
        """The problems that are kept, by line.

        Args:
            shown: the name of the file.
            example: the number of the example at a line.
        """
        errors, warnings = self.kept["error"], self.kept["warning"]
        chosen = sorted([*errors, *warnings[: KEPT - len(errors)]], key=_PLACE)
        return [_problem(kept, shown, example) for kept in chosen]


def _problem(kept: Kept, shown: str, example: Callable[[Spot], int]) -> Problem:
    finding = kept.finding
    return Problem(
        finding.what,
        finding.code,
        Mark(shown, kept.spot.line, kept.column),
        why=finding.reason(example(kept.spot)),
        cure=finding.cure,
        severity=RULES[finding.code].severity,
    )


def total(reports: Iterable[Report]) -> Report:
    """All of several reports in one."""
    whole = Report()
    for report in reports:
        whole.merge_rules(report)
    return whole
