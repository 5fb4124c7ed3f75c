"""The scan of one dataset: digest, size, rows, format and findings in one pass over its bytes."""

from collections import Counter
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple

from reconciler.datasets.digest import drain, reading
from reconciler.datasets.finding import Row
from reconciler.datasets.formats import FILE_RULES, ROW_RULES, Format, guess
from reconciler.datasets.line import BOM, BadLineError, numbered_lines, parse
from reconciler.datasets.report import KEPT, Report, in_order
from reconciler.datasets.rules_file import (
    BLANK,
    HAS_BOM,
    LEAST_EXAMPLES,
    TOO_LONG,
    mixed,
    too_few,
)
from reconciler.datasets.tokens import TokenCount, Tokens
from reconciler.errors import Problem


class Scan(NamedTuple):
    """What is known of a dataset.

    Attributes:
        sha256: of its bytes, in hex.
        bytes: its size.
        rows: examples, blank lines not counted; 0 when the purpose has no rules.
        format: of most rows; `unknown` when no row tells, or the purpose has no rules.
        problems: the first 40 by line; `more` counts the rest.
        tokens: of one pass of training; nothing when the purpose has no rules.
    """

    sha256: str
    bytes: int
    rows: int = 0
    format: Format = "unknown"
    problems: tuple[Problem, ...] = ()
    more: int = 0
    tokens: Tokens = Tokens()


def scan(
    path: Path, *, shown: str, purpose: str = "fine-tune", encodings: tuple[str, ...] = ()
) -> Scan:
    """Read a file once; rules are known for the purpose `fine-tune` alone.

    Args:
        path: the file; whether it may be read at all is settled before.
        shown: its name in findings, as the manifest writes it.
        purpose: the API's purpose of the file.
        encodings: to count its tokens with; without one they are estimated.

    Raises:
        InvalidInput: the file cannot be read, or changed while it was.
    """
    with reading(path, shown) as (source, reader):
        if purpose != "fine-tune":
            drain(reader)
            return Scan(source.sha256, source.bytes)
        examination = _Examination(shown, TokenCount(encodings))
        examination.read(reader)
        problems, more = examination.verdict()
        return Scan(
            source.sha256,
            source.bytes,
            examination.rows,
            examination.format(),
            problems,
            more,
            examination.tokens.tokens,
        )


class _Examination:
    """One pass over the lines; the file's format is known at the end of it."""

    def __init__(self, shown: str, tokens: TokenCount) -> None:
        self.rows, self.tokens = 0, tokens
        self._shown = shown
        self._report = Report(shown)
        self._reports = {name: Report(shown) for name in FILE_RULES}
        self._votes: Counter[Format] = Counter()
        self._first_line: dict[Format, int] = {}

    def read(self, reader: BufferedReader) -> None:
        """Judge every line."""
        for number, line in numbered_lines(reader):
            if line is None:
                self.rows += 1
                self._report.add(TOO_LONG, number)
            elif number == 1 and line.startswith(BOM):
                self._report.add(HAS_BOM, number)
                self._read_line(number, line.removeprefix(BOM))
            else:
                self._read_line(number, line)

    def _read_line(self, number: int, line: bytes) -> None:
        if line.isspace() or not line:
            self._report.add(BLANK, number)
            return
        self.rows += 1
        try:
            text, value = parse(line)
        except BadLineError as error:
            self._report.add(error.finding, number, offset=error.offset)
        else:
            self._judge(number, text, Row(self.rows, value))

    def _judge(self, number: int, text: str, row: Row) -> None:
        self.tokens.add(row.value, len(text))
        row_format = guess(row.value)
        self._votes[row_format] += 1
        self._first_line.setdefault(row_format, number)
        self._report.extend(ROW_RULES[row_format](row), number, text)
        if row_format in FILE_RULES:
            for file_format, check in FILE_RULES.items():
                self._reports[file_format].extend(check(row), number, text)

    def format(self) -> Format:
        """That of most rows; of equals the first in the file."""
        known = [name for name in self._first_line if name != "unknown"]
        return max(known, key=self._votes.__getitem__, default="unknown")

    def verdict(self) -> tuple[tuple[Problem, ...], int]:
        """The problems that count for the file's format, by line, and how many more there are."""
        file_format = self.format()
        last = Report(self._shown)
        self._add_file_findings(last, file_format)
        counted = [self._report, last]
        if file_format in FILE_RULES:
            counted.append(self._reports[file_format])
        problems = [problem for report in counted for problem in report.problems]
        kept = sorted(problems, key=in_order)[:KEPT]
        return tuple(kept), sum(report.count for report in counted) - len(kept)

    def _add_file_findings(self, report: Report, file_format: Format) -> None:
        for other, line in self._first_line.items():
            is_alike = other == file_format or {other, file_format} <= FILE_RULES.keys()
            if other != "unknown" and not is_alike:
                report.add(mixed(self._votes[other], other, file_format), line)
        if self.rows < LEAST_EXAMPLES:
            report.add(too_few(self.rows), 1)
