"""A part of a dataset, read line by line; parts add up to the file, whoever read them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from reconciler.datasets.answered import add_answered
from reconciler.datasets.block import BOM, Block
from reconciler.datasets.finding import Format, Row, Value
from reconciler.datasets.formats import FILE_RULES, ROW_RULES, guess
from reconciler.datasets.images import has_too_large, without_images
from reconciler.datasets.line import BadLineError, parse
from reconciler.datasets.locate import Columns
from reconciler.datasets.notes import Notes
from reconciler.datasets.plain import Plain, Usual, plain_rows
from reconciler.datasets.private import found_in, said_in, suspects, texts_of
from reconciler.datasets.quality import Quality
from reconciler.datasets.report import Report, Spot
from reconciler.datasets.rules_dpo import are_same
from reconciler.datasets.rules_file import TOO_LONG
from reconciler.datasets.use import Keys
from reconciler.datasets.watch import Watcher


class Part:
    """What was found in some blocks of a file; its format is known when all parts are."""

    def __init__(self, watchers: Sequence[Watcher] = ()) -> None:
        self.rows = 0
        self.report = Report()
        self.answered = Report()
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
        lines = self._lines(block)
        self.quality.examples.add_all(lines, block.first)
        for watcher in self.watchers:
            watcher.begin(block.first, lines)
        rows = plain_rows(lines, block.data)
        usual = _usual(rows, lines, block.first)
        self._read_usual(usual)
        add_answered(self.answered, usual, block)
        seen: dict[int, Row] = {}
        if len(usual.rows) < len(rows):
            odd = [index for index, row in enumerate(rows) if row is None]
            seen = self._read_odd(odd, lines, block.first)
        for index, signs in suspects(_said(block, lines, seen)).items():
            if row := rows[index]:
                self._note_private(lines[index], signs, said_in(row), block.first + index)
            elif index in seen:
                said, texts = seen[index].said, texts_of(seen[index].value)
                self._note_private(said, signs, texts, block.first + index)

    def _note_private(
        self, said: bytes, signs: set[bytes], texts: Iterable[str], number: int
    ) -> None:
        # What is escaped may hide what a sign is told by: then the texts are looked at.
        for code, what in found_in(texts, None if b"\\u" in said else signs):
            self.notes.add(code, number, what)

    def _lines(self, block: Block) -> list[bytes]:
        lines = block.lines()
        if block.first == 1 and block.data.startswith(BOM):
            self.notes.add("bom", 1)
        if b"\r" in block.data:
            for number, line in enumerate(lines, block.first):
                if line.endswith(b"\r") and not line.isspace():
                    self.notes.add("crlf", number)
        return lines

    def _read_usual(self, usual: Usual) -> None:
        """Rows with nothing to find in their form, only in what they teach."""
        if not usual.rows:
            return
        self.rows += len(usual.rows)
        self._vote("chat", usual.numbers[0], len(usual.rows))
        self.quality.see_plain(usual)
        for watcher in self.watchers:
            watcher.see_plain(usual)

    def _read_odd(self, odd: Sequence[int], lines: Sequence[bytes], first: int) -> dict[int, Row]:
        """Judge the other lines of a block by all rules; the rows, by their places in it."""
        seen: dict[int, Row] = {}
        blanks = 0
        for index in odd:
            if not lines[index] or lines[index].isspace():
                self.notes.add("blank-line", first + index)
                blanks += 1
                self.blanks[first] = blanks
            elif row := self._read_row(lines[index], Spot(first + index, first, blanks)):
                seen[index] = row
        return seen

    def _read_row(self, line: bytes, spot: Spot) -> Row | None:
        self.rows += 1
        said = without_images(line)
        try:
            value = _value(said, line)
        except BadLineError as error:
            column = error.offset + 1
            self.report.add(error.finding, spot, lambda _: column)
            return None
        row = Row(value, guess(value), spot.line, line, said)
        self._judge(row, spot)
        self.keys.see(row)
        self.quality.see(row)
        self._vote(row.format, row.line)
        for watcher in self.watchers:
            watcher.see(row)
        return row

    def _vote(self, row_format: Format, line: int, count: int = 1) -> None:
        self.votes[row_format] += count
        self.first_line[row_format] = min(line, self.first_line.get(row_format, line))

    def _judge(self, row: Row, spot: Spot) -> None:
        column = Columns(row.data).of
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
        self.answered.merge(other.answered)
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


def _usual(rows: Sequence[Plain | None], lines: Sequence[bytes], first: int) -> Usual:
    """The usual ones of the rows of a block."""
    numbers: Sequence[int] = range(first, first + len(rows))
    plain = [row for row in rows if row]
    if len(plain) < len(rows):
        numbers = [number for number, row in zip(numbers, rows, strict=True) if row]
        lines = [line for line, row in zip(lines, rows, strict=True) if row]
    said = [said for row in plain for said in row.messages]
    return Usual(plain, said, [each.content for each in said], numbers, lines)


def _value(said: bytes, line: bytes) -> Value:
    """The object of a line without its images, unless they are what is wrong, or hide where.

    Answers that are the same without their images may differ in these.
    """
    try:
        value = parse(line if has_too_large(line, said) else said)
        return value if said is line or not are_same(value) else parse(line)
    except BadLineError:
        if said is line:
            raise
        return parse(line)


def _said(block: Block, lines: Sequence[bytes], seen: Mapping[int, Row]) -> bytes:
    """The lines of a block without their images."""
    if all(row.said is row.data for row in seen.values()):
        return block.data
    return b"\n".join(
        seen[index].said if index in seen else line for index, line in enumerate(lines)
    )
