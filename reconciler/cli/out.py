"""Where words go: stdout keeps, stderr passes. The only place that prints."""

import codecs
import io
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

import click

from reconciler.cli.streams import can_take, columns_of, fitted, json_text, use_color
from reconciler.cli.told import (
    error_document,
    error_lines,
    failure,
    note_of,
    paint,
    problem_lines,
    suited,
)
from reconciler.errors import ExitCode, InvalidInput, ReconcilerError
from reconciler.render.ci_log import Host, Note, annotation, closed, opened, seen_from
from reconciler.render.layout import ROOM, broken
from reconciler.render.log_json import log_records
from reconciler.text import inert, visible, visible_lines

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

MOST_ANNOTATIONS = 10
"""Of each level that GitHub shows of a step."""

_ERASE_LINE, _SHOW_CURSOR = "\r\x1b[2K", "\x1b[?25h"


def now() -> str:
    """The time of day, UTC: `14:02:08Z`."""
    return datetime.now(UTC).strftime("%H:%M:%SZ")


class Out:
    """The two streams of a command, with or without colour, in words or as JSON."""

    def __init__(self) -> None:
        self.is_json = False
        self.is_verbose = False
        self.no_color = False
        self.logs_json = False
        self.unwritten: OSError | None = None  # why a part of the result is lost
        self.host: Host = ""  # the CI system that reads this
        self.options = ""  # of this call, which every command that is told needs, too
        self.workspace = ""  # the folder that its places start at
        self._annotated: Counter[str] = Counter()
        self._passing = ""

    @property
    def is_terminal(self) -> bool:
        """Whether a person sees progress as it comes."""
        return sys.stderr.isatty() and not (self.is_json or self.logs_json)

    @property
    def columns(self) -> int | None:
        """How wide the terminal is that shows results; None where lines stay whole."""
        return columns_of(sys.stdout)

    def can_ask(self) -> bool:
        """Whether somebody is there to answer."""
        return sys.stdin.isatty() and sys.stderr.isatty()

    def keep(self, *lines: str) -> None:
        """Results: to stdout, unless stdout is JSON alone."""
        if not self.is_json:
            self._show(lines, sys.stdout)

    def command(self, *lines: str) -> None:
        """Commands for the CI system that reads stdout; what others wrote is escaped in them."""
        shown = (fitted(line, sys.stdout.encoding) for line in lines)
        self._print(shown, sys.stdout, color=True)  # GitLab's have escapes, also in a pipe

    def annotate(self, *notes: Note) -> None:
        """Show them beside the change that is reviewed, too, where GitHub reads this.

        It shows ten a step of each level; what is told first is what is shown.
        """
        if self.host != "GitHub" or self.is_json:
            return
        for note in notes:
            self._annotated[note.level] += 1
            if self._annotated[note.level] <= MOST_ANNOTATIONS:
                line = annotation(seen_from(note, self.workspace))
                self._print([fitted(line, sys.stderr.encoding)], sys.stderr)

    @contextmanager
    def folded(self, title: str) -> Iterator[None]:
        """A part of the result that a CI system folds."""
        if not self.host or self.is_json:
            yield
            return
        self.command(opened(self.host, title, int(time.time())))
        try:
            yield
        finally:
            self.command(closed(self.host, int(time.time())))

    def piece(self, text: str) -> None:
        """A part of a line of the result, as it comes, at a terminal."""
        with self._forgiving(sys.stdout):
            click.echo(fitted(text, sys.stdout.encoding), nl=False)
            sys.stdout.flush()

    @contextmanager
    def content(self) -> Iterator[BinaryIO]:
        """Where a file's bytes go: as they are to a pipe or a file, made visible at a terminal."""
        if not sys.stdout.isatty():
            with self._forgiving(sys.stdout):
                yield sys.stdout.buffer
                sys.stdout.buffer.flush()
            return
        with io.BufferedWriter(_Shown(self)) as sink:
            yield sink

    def say(self, *lines: str) -> None:
        """Progress, notes and next steps: to stderr."""
        if not self.is_json:
            self._show(lines, sys.stderr)

    def log_line(self, text: str) -> None:
        """One line of JSON Lines that is inert, on stderr."""
        self._print([text], sys.stderr)

    def urge(self, *lines: str) -> None:
        """As `say`, from a signal handler: unless it would block, or breaks into a print."""
        with suppress(RuntimeError):
            if can_take(sys.stderr):
                self.say(*lines)

    @contextmanager
    def passing(self, words: str) -> Iterator[None]:
        """At a terminal a line about what is under way, erased when that is over.

        Within another one it stands for it meanwhile.
        """
        if not self.is_terminal or os.environ.get("TERM") == "dumb":
            yield
            return
        before = self._passing
        self._pass(words)
        try:
            yield
        finally:
            self._pass(before)

    def _pass(self, words: str) -> None:
        self._passing = words
        shown = fitted(f"  ⠼ {visible(words)}", sys.stderr.encoding) if words else ""
        shown = shown[: (columns_of(sys.stderr) or ROOM) - 1]  # more could not be erased
        with self._forgiving(sys.stderr):
            sys.stderr.write(_ERASE_LINE + shown)
            sys.stderr.flush()

    def show_cursor(self) -> None:
        """Give back the cursor that a live table hides."""
        if self.is_terminal:
            with self._forgiving(sys.stderr):
                sys.stderr.write(_SHOW_CURSOR)
                sys.stderr.flush()

    def document(self, value: Any) -> None:  # noqa: ANN401  # any JSON value
        """JSON to stdout; one line where it is one of many (`apply`, `watch`)."""
        self._print([json_text(value, sys.stdout.encoding, indent=2)], sys.stdout)

    def text(self, text: str) -> None:
        """A whole text of our own, as it stands in a file."""
        self._print(text.splitlines(), sys.stdout)

    def line(self, value: Any) -> None:  # noqa: ANN401
        """One line of JSON Lines."""
        self._print([json_text(value, sys.stdout.encoding)], sys.stdout)

    def result(self, words: str, **facts: object) -> None:
        """What was done, in a line of words or as the facts of it."""
        if self.is_json:
            self.line(facts)
        else:
            self.keep(words)

    def error(self, error: ReconcilerError) -> None:
        """An error with its four parts, or all the problems of the input."""
        error.cure = suited(error.cure, self.options)
        if self.is_json:
            self.line(failure(error.exit_code, **error_document(error)))
        elif isinstance(error, InvalidInput):
            self._show(problem_lines(error.problems, error.further), sys.stderr)
            self.annotate(*map(note_of, error.problems))
        else:
            self._show(error_lines(error), sys.stderr)
            self.annotate(Note("error", f"exit {int(error.exit_code)}", error.what))

    def usage_error(self, error: click.ClickException) -> None:
        """A mistake on the command line, in click's words."""
        if self.is_json:
            self.line(failure(ExitCode.USAGE, what=error.format_message()))
            return
        context = getattr(error, "ctx", None)
        asked = context.command_path if context else "reconciler"
        what = visible(error.format_message())
        self._show([f"{paint('error:')} {what}", f"  cure:  {asked} --help"], sys.stderr)

    def decline(self, words: str, *, code: ExitCode = ExitCode.REFUSED) -> None:
        """A person said no, or enough: that is no error to them, and one to a program."""
        if self.is_json:
            self.line(failure(code, what=words))
        else:
            self.say(words)

    def tell_unwritten(self, cause: OSError) -> None:
        """The result is not whole: in words, and on the stream that is left."""
        what, why = "the result could not be written", cause.strerror or str(cause)
        cure = "make room there and run the same command again; what was done is recorded"
        error = ReconcilerError(what, where="standard output", why=why, cure=cure)
        self._show(error_lines(error), sys.stderr)

    def bug(self, error: Exception) -> None:
        """Something that must not happen, without a traceback unless one is asked for."""
        import traceback  # noqa: PLC0415  # start-up counts, and this should never be needed

        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(last.filename).name}:{last.lineno}"
        what = f"this is a bug: {type(error).__name__} at {place}"
        why = "what was begun is in the journal; nothing is lost and nothing is paid twice"
        self.error(
            ReconcilerError(what, why=why, cure="run it again; if it stays, report it, with -v")
        )
        if self.is_verbose:
            self._show(traceback.format_exception(error), sys.stderr)

    def _show(self, lines: Iterable[str], stream: TextIO) -> None:
        """Words, of which nobody obeys what somebody else wrote, wherever it came in."""
        if self.logs_json and stream is sys.stderr:
            now = datetime.now(UTC).isoformat(timespec="milliseconds")
            records = log_records(lines, now)
            self._print((json_text(each, stream.encoding) for each in records), stream)
            return
        columns = columns_of(stream)
        whole = (fitted(part, stream.encoding) for line in lines for part in line.split("\n"))
        shown = (text for line in whole for text in (broken(line, columns) if columns else [line]))
        self._print(map(inert, shown), stream)

    def _print(self, texts: Iterable[str], stream: TextIO, *, color: bool = False) -> None:
        if passing := self._passing:  # what is told meanwhile gets a line of its own
            self._pass("")
            self._print(texts, stream, color=color)
            self._pass(passing)
            return
        color = color or use_color(stream, no_color=self.no_color)
        if lines := list(texts):  # together, as more than one thread may speak
            with self._forgiving(stream):
                click.echo("\n".join(lines), file=stream, color=color)

    @contextmanager
    def _forgiving(self, stream: TextIO) -> Iterator[None]:
        """Where words cannot be written the work goes on, and they go nowhere from then on.

        A reader who has left (`| head -1`) misses nothing; of a full disk somebody is to be told.
        """
        try:
            yield
        except OSError as error:
            if stream is sys.stdout and not isinstance(error, BrokenPipeError):
                self.unwritten = error
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class _Shown(io.RawIOBase):
    """Takes bytes and shows them as text, of which no terminal obeys anything."""

    def __init__(self, out: Out) -> None:
        self._out = out
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: "ReadableBuffer", /) -> int:
        """Show some bytes; a character that they cut is shown with the next ones."""
        block = bytes(data)
        self._out.piece(visible_lines(self._decoder.decode(block)))
        return len(block)
