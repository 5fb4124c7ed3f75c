"""Findings as GitHub's annotations: workflow commands, as many as it shows."""

from collections.abc import Iterator, Sequence

from reconciler.errors import Problem
from reconciler.render.findings import Checked
from reconciler.text import inert, visible

MOST = 10
"""Annotations of each level that GitHub shows of a step; more are dropped without a word."""


def annotations(checked: Checked) -> tuple[list[str], list[Problem]]:
    """The commands, the worst first, and the findings that are no more among them."""
    lines: list[str] = []
    left: list[Problem] = []
    for severity in ("error", "warning"):
        found = [problem for problem in checked.problems if problem.severity == severity]
        told = found if len(found) <= MOST else found[: MOST - 1]
        lines += [_annotation(problem) for problem in told]
        lines += _more(severity, found[len(told) :])
        left += found[len(told) :]
    return lines, left


def _more(severity: str, left: Sequence[Problem]) -> Iterator[str]:
    if left:
        yield f"::{severity} title=more::+{len(left)} more; the log of this step has them"


def _annotation(problem: Problem) -> str:
    """One line; `%` is escaped, in properties `:` and `,` too."""
    mark = problem.mark
    place = f"file={_property(mark.file)},line={mark.line},col={mark.column}," if mark else ""
    return f"::{problem.severity} {place}title={_property(problem.code)}::{_data(problem.what)}"


def _data(text: str) -> str:
    return inert(visible(text)).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
