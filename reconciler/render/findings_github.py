"""Findings as GitHub's annotations: workflow commands, as many as it shows."""

from collections.abc import Iterable, Iterator, Sequence

from reconciler.errors import Problem
from reconciler.render.ci_log import Note, annotation

MOST = 10
"""Annotations of each level that GitHub shows of a step; more are dropped without a word."""


def annotations(problems: Iterable[Problem]) -> tuple[list[str], list[Problem]]:
    """The commands, the worst first, and the findings that are no more among them."""
    lines: list[str] = []
    left: list[Problem] = []
    by_severity: dict[str, list[Problem]] = {"error": [], "warning": []}
    for problem in problems:
        by_severity[problem.severity].append(problem)
    for severity, found in by_severity.items():
        told = found if len(found) <= MOST else found[: MOST - 1]
        lines += [annotation(Note(p.severity, p.code, p.what, p.mark)) for p in told]
        lines += _more(severity, found[len(told) :])
        left += found[len(told) :]
    return lines, left


def _more(severity: str, left: Sequence[Problem]) -> Iterator[str]:
    if left:
        yield f"::{severity} title=more::+{len(left)} more; the log of this step has them"
