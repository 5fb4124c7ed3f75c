"""Block mappings sorted by moving whole lines: an entry with the comments right above it.

What stays: a comment with a blank line below it belongs to no entry, and nothing moves across it;
so do the first lines of a file. Blank lines stay between what they part. A comment that is indented
deeper than the keys belongs to what is above it.
"""

from collections.abc import Iterator, Sequence
from io import StringIO

from reconciler.manifest.canonical import Guide
from reconciler.manifest.runs import Entry, Lines, Run
from reconciler.manifest.spans import Span, spans


def sorted_blocks(text: str, guide: Guide) -> str:
    """The text with the keys of its block mappings in order; a line keeps its indentation."""
    lines = list(StringIO(text, newline="\n"))
    last = lines[-1] if lines else ""
    if not last.endswith("\n"):  # it may come to stand in the middle
        lines[-1:] = [last + ("\r\n" if lines[0].endswith("\r\n") else "\n")]
    result = _Sorting(lines).node(spans(text), guide, 0, len(lines))
    if result[-1] == lines[-1]:  # a list's line is made anew, of the same words
        result[-1] = last
    return "".join(result)


class _Sorting:
    """Sorts the regions of one text; every method gives the lines of a region anew."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def node(self, span: Span, guide: Guide, first: int, end: int) -> Lines:
        """The lines from `first` to `end`, which hold this node and nothing of another."""
        if span.pairs and not span.is_flow and self._may_move(span):
            return self._mapping(span, guide, first, end)
        if span.items and not span.is_flow:
            return self._sequence(span.items, guide.of_items(), first, end)
        return self._lines[first:end]

    def _entry(self, entry: Entry, guide: Guide) -> Lines:
        """The lines of a key and its value."""
        first, value = entry.key.line, entry.value
        if value.is_flow or not (value.pairs or value.items):
            return self._lines[first : entry.end]
        return [self._lines[first], *self.node(value, guide, first + 1, entry.end)]

    def _may_move(self, span: Span) -> bool:
        """Whether each key begins a line of its own."""
        keys = [key for key, _ in span.pairs or ()]
        return all(self._lines[key.line][: key.column].isspace() or not key.column for key in keys)

    def _mapping(self, span: Span, guide: Guide, first: int, end: int) -> Lines:
        runs, at = [Run()], first
        for entry in self._entries(span.pairs or [], end):
            between = self._lines[at : entry.key.line]
            if at == 0:  # whatever begins a file is about all of it
                runs[0].head = between
            elif all(map(_is_between, between)):
                _set_apart(runs, entry, between)
            else:
                return self._lines[first:end]
            runs[-1].add(entry)
            at = entry.end
        return [line for run in runs for line in self._run(run, guide)] + self._lines[at:end]

    def _run(self, run: Run, guide: Guide) -> Iterator[str]:
        yield from run.head
        before = None
        for entry in run.in_order(guide):
            yield from run.between(before, entry) if before else ()
            yield from entry.lead
            yield from self._entry(entry, guide.at(entry.key.key))
            before = entry

    def _entries(self, pairs: Sequence[tuple[Span, Span]], end: int) -> Iterator[Entry]:
        limits = [*(key.line for key, _ in pairs[1:]), end]
        for (key, value), limit in zip(pairs, limits, strict=True):
            end_ = self._end(max(key.last, value.last), limit, key.column)
            is_open = not self._lines[end_ - 1].strip()
            yield Entry(key, value, end_, is_open=is_open)

    def _end(self, last: int, limit: int, column: int) -> int:
        """Behind the last line, and behind the comments after it that are indented deeper."""
        end = last + 1
        for n in range(end, limit):
            text = self._lines[n].lstrip(" \t")
            if text.startswith("#") and len(self._lines[n]) - len(text) > column:
                end = n + 1
            elif not _is_between(text):
                break
        return end

    def _sequence(self, items: Sequence[Span], guide: Guide, first: int, end: int) -> Lines:
        limits = [*(item.line for item in items[1:]), end]
        found, at = [], first
        for item, limit in zip(items, limits, strict=True):
            after = self._end(item.last, limit, item.column - 1)
            found += self._lines[at : item.line] + self._item(item, guide, item.line, after)
            at = after
        return found + self._lines[at:end]

    def _item(self, item: Span, guide: Guide, first: int, end: int) -> Lines:
        """An item begins behind its dash: that stays where it is, before whatever comes first."""
        line = self._lines[first]
        dash, rest = line[: item.column], line[item.column :]
        self._lines[first] = " " * item.column + rest
        found = self.node(item, guide, first, end)
        self._lines[first] = line
        if _is_comment(found[0]):
            return self._lines[first:end]
        return [dash + found[0][item.column :], *found[1:]]


def _set_apart(runs: list[Run], entry: Entry, between: Lines) -> None:
    """Which of the lines before an entry are its own; what is not blank among the rest stays."""
    lead = len(between)
    while lead and _is_comment(between[lead - 1]):
        lead -= 1
    rest, entry.lead = between[:lead], between[lead:]
    if not runs[-1].entries:
        runs[-1].head = rest
    elif any(map(_is_comment, rest)):
        runs.append(Run(rest))
    else:
        entry.gap = rest


def _is_comment(line: str) -> bool:
    return line.lstrip(" \t").startswith("#")


def _is_between(line: str) -> bool:
    return not line.strip() or _is_comment(line)
