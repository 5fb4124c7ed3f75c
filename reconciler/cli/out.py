"""Where words go: stdout keeps, stderr passes. The only place that prints."""

import json
import os
import sys
import traceback
from collections.abc import Iterable
from typing import Any, TextIO

import click

from reconciler.errors import InvalidInput, Problem, ReconcilerError, details
from reconciler.text import visible

MAX_SHOWN = 40
"""Problems shown of one file."""


class Out:
    """The two streams of a command, with or without colour, in words or as JSON."""

    def __init__(self) -> None:
        self.is_json = False
        self.is_verbose = False
        self.no_color = False

    @property
    def is_terminal(self) -> bool:
        """Whether a person sees progress as it comes."""
        return sys.stderr.isatty() and not self.is_json

    def can_ask(self) -> bool:
        """Whether somebody is there to answer."""
        return sys.stdin.isatty() and sys.stderr.isatty()

    def keep(self, *lines: str) -> None:
        """Results: to stdout, unless stdout is JSON alone."""
        if not self.is_json:
            self._print(lines, sys.stdout)

    def say(self, *lines: str) -> None:
        """Progress, notes and next steps: to stderr."""
        if not self.is_json:
            self._print(lines, sys.stderr)

    def document(self, value: Any) -> None:  # noqa: ANN401  # any JSON value
        """JSON to stdout; one line where it is one of many (`apply`, `watch`)."""
        self._print([json.dumps(value, indent=2, ensure_ascii=False)], sys.stdout)

    def line(self, value: Any) -> None:  # noqa: ANN401
        """One line of JSON Lines."""
        self._print([json.dumps(value, ensure_ascii=False)], sys.stdout)

    def error(self, error: ReconcilerError) -> None:
        """An error with its four parts, or all the problems of the input."""
        if self.is_json:
            self.line({"error": error_document(error)})
        elif isinstance(error, InvalidInput):
            self._print(problem_lines(error.problems), sys.stderr)
        else:
            self._print(error_lines(error), sys.stderr)

    def usage_error(self, error: click.ClickException) -> None:
        """A mistake on the command line, in click's words."""
        if self.is_json:
            self.line({"error": {"what": error.format_message(), "exit_code": 64}})
            return
        context = getattr(error, "ctx", None)
        hint = f"\n  cure:  {context.command_path} --help" if context else ""
        self._print([paint("error:") + f" {error.format_message()}{hint}"], sys.stderr)

    def bug(self, error: Exception) -> None:
        """Something that must not happen, without a traceback unless one is asked for."""
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{os.path.basename(last.filename)}:{last.lineno}"  # noqa: PTH119
        what = f"this is a bug: {type(error).__name__} at {place}"
        why = "what was begun is in the journal; nothing is lost and nothing is paid twice"
        self.error(
            ReconcilerError(what, why=why, cure="run it again; if it stays, report it, with -v")
        )
        if self.is_verbose:
            self._print(traceback.format_exception(error), sys.stderr)

    def _print(self, lines: Iterable[str], stream: TextIO) -> None:
        color = use_color(stream, no_color=self.no_color)
        for line in lines:
            click.echo(fitted(line, stream.encoding), file=stream, color=color)


def use_color(stream: TextIO, *, no_color: bool) -> bool:
    """NO_COLOR and --no-color forbid, FORCE_COLOR demands, else a terminal that is not dumb."""
    if no_color or os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def fitted(line: str, encoding: str | None) -> str:
    """The line with plain signs where the output is not UTF-8."""
    if (encoding or "utf-8").lower().replace("-", "") == "utf8":
        return line
    from reconciler.render.glyphs import PLAIN  # noqa: PLC0415  # rare

    return line.translate(PLAIN).encode(encoding or "ascii", "replace").decode(encoding or "ascii")


def paint(word: str) -> str:
    """`error:` and `warning:` in their colours."""
    return click.style(word, fg="yellow" if word.startswith("warning") else "red", bold=True)


def error_lines(error: ReconcilerError, prefix: str = "") -> Iterable[str]:
    """The four parts of an error; `prefix` names what it befell."""
    yield f"{paint('error:')} {prefix}{visible(error.what)}"
    yield from parts(error.where, error.why, error.cure)


def parts(where: str, why: str, cure: str) -> Iterable[str]:
    """What stands below the first line; further lines of a part are indented."""
    for label, text in (("where:", where), ("why:", why), ("cure:", cure)):
        first, *rest = [visible(line) for line in text.splitlines()] or [""]
        if first:
            yield f"  {label:<6} {first}"
            yield from (f"         {line}" for line in rest)


def problem_lines(problems: Iterable[Problem]) -> Iterable[str]:
    """Problems as editors read them: `FILE:LINE:COLUMN: error: … [code]`."""
    shown: dict[str, int] = {}
    for problem in problems:
        file = problem.mark.file if problem.mark else problem.where
        shown[file] = shown.get(file, 0) + 1
        if shown[file] <= MAX_SHOWN:
            yield from _problem(problem)
    for file, count in shown.items():
        if count > MAX_SHOWN:
            yield f"{visible(file)}: +{count - MAX_SHOWN} more"


def _problem(problem: Problem) -> Iterable[str]:
    place = f"{visible(str(problem.mark))}: " if problem.mark else ""
    yield f"{place}{paint(problem.severity + ':')} {visible(problem.what)} [{problem.code}]"
    yield from parts("" if problem.mark else problem.where, problem.why, problem.cure)


def error_document(error: ReconcilerError) -> dict[str, Any]:
    """An error as JSON; problems with their places."""
    document: dict[str, Any] = {"exit_code": int(error.exit_code), **details(error)}
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
