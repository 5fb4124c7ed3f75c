"""How errors and problems are told: four parts in words, or as a document."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import click

from reconciler.errors import ExitCode, InvalidInput, Problem, ReconcilerError, details
from reconciler.render.ci_log import Note
from reconciler.render.parts import part_lines
from reconciler.text import visible

MAX_SHOWN = 40
"""Problems shown of one file."""


_COMMAND = re.compile(
    r"\breconciler (?!(?:explain|schema|completion|sandbox|init|comment)\b)"
    r"((?:state|files|jobs) (?!lists\b)[a-z]+|[a-z]+)\b(?! (?:--env|-f|-C)\b)"
)
"""A command that reads the manifest, without the options that say which."""


def suited(cure: str, options: str) -> str:
    """A cure whose commands are about the manifest and the environment of this call.

    Args:
        options: ` --env prod -f other.yaml`, as they would be typed.
    """
    return _COMMAND.sub(lambda found: found[0] + options, cure) if options else cure


def paint(word: str) -> str:
    """`error:` and `warning:` in their colours."""
    return click.style(word, fg="yellow" if word.startswith("warning") else "red", bold=True)


def error_lines(error: ReconcilerError, prefix: str = "", options: str = "") -> Iterable[str]:
    """The four parts of an error; `prefix` names what it befell, `options` as of `suited`."""
    yield f"{paint('error:')} {prefix}{visible(error.what)}"
    yield from part_lines(error.where, error.why, suited(error.cure, options))


def problem_lines(
    problems: Iterable[Problem], further: Mapping[str, int] | None = None
) -> Iterable[str]:
    """Problems as editors read them: `FILE:LINE:COLUMN: error: … [code]`.

    Args:
        further: file → how many problems of it are only counted.
    """
    shown = Counter[str]()
    for problem in problems:
        file = problem.mark.file if problem.mark else problem.where
        shown[file] += 1
        if shown[file] <= MAX_SHOWN:
            yield from _problem(problem)
    for file, count in (shown + Counter(further)).items():
        more = count - min(shown[file], MAX_SHOWN)
        if more:
            yield f"{visible(file)}: +{more:,} more"


def _problem(problem: Problem) -> Iterable[str]:
    place = f"{visible(str(problem.mark))}: " if problem.mark else ""
    yield f"{place}{paint(problem.severity + ':')} {visible(problem.what)} [{problem.code}]"
    yield from part_lines("" if problem.mark else problem.where, problem.why, problem.cure)


def failure(code: ExitCode, **error: Any) -> dict[str, Any]:
    """The last line of a command that failed, the same for every command."""
    return {"type": "error", "error": {"exit_code": int(code), **error}}


def error_document(error: ReconcilerError) -> dict[str, Any]:
    """An error as JSON; problems with their places."""
    document: dict[str, Any] = {**details(error)}
    if isinstance(error, InvalidInput):
        document["problems"] = [problem_document(problem) for problem in error.problems]
    return document


def problem_document(problem: Problem) -> dict[str, Any]:
    """A problem as JSON."""
    mark = problem.mark
    place = {"file": mark.file, "line": mark.line, "column": mark.column} if mark else {}
    return {
        "severity": problem.severity,
        "code": problem.code,
        "what": problem.what,
        **place,
        "why": problem.why,
        "cure": problem.cure,
    }


def note_of(problem: Problem) -> Note:
    """A problem as an annotation beside its line."""
    return Note(problem.severity, problem.code, problem.what, problem.mark)
