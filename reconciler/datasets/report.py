"""What is reported of one file: the first findings in full, the others as a number."""

from collections.abc import Iterable

from reconciler.datasets.finding import Finding
from reconciler.datasets.locate import column_of
from reconciler.errors import Mark, Problem

KEPT = 40
"""Problems shown of one file."""


class Report:
    """Problems in the order of the lines: the first ones kept, the others counted."""

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self.problems: list[Problem] = []
        self.count = 0

    def add(self, finding: Finding, line: int, text: str = "", offset: int | None = None) -> None:
        """Keep a finding at a character of a line, by default where the finding points to."""
        self.count += 1
        if len(self.problems) < KEPT:
            column = column_of(text, finding.at) if offset is None else offset + 1
            self.problems.append(
                Problem(
                    finding.what,
                    code=finding.code,
                    mark=Mark(self.shown, line, column),
                    why=finding.reason,
                    cure=finding.cure,
                    severity=finding.severity,
                )
            )

    def extend(self, findings: Iterable[Finding], line: int, text: str) -> None:
        """Keep the findings of a line's rules."""
        for finding in findings:
            self.add(finding, line, text)


def in_order(problem: Problem) -> tuple[int, int]:
    """Sorts problems of one file by their place in it."""
    return (problem.mark.line, problem.mark.column) if problem.mark else (0, 0)
