"""A part of a dataset, read line by line; parts add up to the file, whoever read them."""

from collections import Counter
from collections.abc import Sequence
from functools import partial

from reconciler.datasets.block import Block
from reconciler.datasets.finding import Finding, Format, Row, Value
from reconciler.datasets.formats import FILE_RULES, ROW_RULES, guess, usual_strings
from reconciler.datasets.line import BOM, BadLineError, decoded, has_strings, load, parse
from reconciler.datasets.locate import column_of
from reconciler.datasets.notes import Notes
from reconciler.datasets.private import found_in, suspects
from reconciler.datasets.quality import Quality
from reconciler.datasets.report import Report, Spot
from reconciler.datasets.rules_file import TOO_LONG
from reconciler.datasets.use import Keys
from reconciler.datasets.watch import Watcher


class Part:
    """What was found in some blocks of a file; its format is known when all parts are."""

    def __init__(self, watchers: Sequence[Watcher] = ()) -> None:
        self.rows = 0
        self.report = Report()
        self.by_format = {name: Report() for name in FILE_RULES}
        self.votes: Counter[Format] = Counter()
        self.first_line: dict[Format, int] = {}
        self.notes = Notes()
        self.blanks: dict[int, int] = {}
        self.quality, self.keys = Quality(), Keys()
        self.watchers = tuple(watchers)

    def read(self, block: Block) -> None:
        """Judge every line of a block."""
        if not block.data:
            self.rows += 1
            self.report.add(TOO_LONG, Spot(block.first, block.first, 0), lambda _: 1)
            return
        lines = block.data.removesuffix(b"\n").split(b"\n")
        if block.first == 1 and lines[0].startswith(BOM):
            self.notes.add("bom", 1)
            lines[0] = lines[0].removeprefix(BOM)
        self.quality.examples.add_all(lines, block.first)
        suspected = suspects(block.data)
        blanks = 0
        for index, line in enumerate(lines):
            if not line or line.isspace():
                self.notes.add("blank-line", block.first + index)
                blanks += 1
                self.blanks[block.first] = blanks
                continue
            value = self._read_row(line, block, index, blanks)
            if index in suspected and value is not None:
                for code, what in found_in(value):
                    self.notes.add(code, block.first + index, what)

    def _read_row(self, line: bytes, block: Block, index: int, blanks: int) -> Value | None:
        self.rows += 1
        number = block.first + index
        if line.endswith(b"\r"):
            self.notes.add("crlf", number)
        loaded = load(line)
        strings = usual_strings(loaded)
        if strings and has_strings(line, strings):
            row = Row(loaded, "chat", number, line)
            self.quality.see_plain(loaded["messages"], number, len(line))
        else:
            spot = Spot(number, block.first, blanks)
            try:
                value = parse(line, loaded)
            except BadLineError as error:
                column = error.offset + 1
                self.report.add(error.finding, spot, lambda _: column)
                return None
            row = Row(value, guess(value), number, line)
            self._judge(row, spot)
            self.keys.see(row)
            self.quality.see(row)
        self.votes[row.format] += 1
        if row.format not in self.first_line:
            self.first_line[row.format] = number
        for watcher in self.watchers:
            watcher.see(row)
        return row.value

    def _judge(self, row: Row, spot: Spot) -> None:
        column = partial(_column, row)
        for finding in ROW_RULES[row.format](row.value):
            self.report.add(finding, spot, column)
        if row.format in FILE_RULES:
            for file_format, check in FILE_RULES.items():
                for finding in check(row.value):
                    self.by_format[file_format].add(finding, spot, column)

    def merge(self, other: "Part") -> None:
        """Add another part of the same file."""
        self.rows += other.rows
        self.report.merge(other.report)
        for name, report in self.by_format.items():
            report.merge(other.by_format[name])
        self.votes += other.votes
        for name, line in other.first_line.items():
            self.first_line[name] = min(line, self.first_line.get(name, line))
        self.notes.merge(other.notes)
        self.blanks |= other.blanks
        self.quality.merge(other.quality)
        self.keys.merge(other.keys)
        for mine, others in zip(self.watchers, other.watchers, strict=True):
            mine.merge(others)

    def format(self) -> Format:
        """That of most rows; of equals the first in the file."""
        known = [name for name in self.first_line if name != "unknown"]
        best = max(known, key=lambda name: (self.votes[name], -self.first_line[name]), default=None)
        return best or "unknown"

    def example(self, spot: Spot) -> int:
        """The number of the example at a line: blank lines are not counted."""
        before = sum(count for block, count in self.blanks.items() if block < spot.block)
        return spot.line - before - spot.blanks


def _column(row: Row, finding: Finding) -> int:
    return column_of(decoded(row.data), finding.at)
