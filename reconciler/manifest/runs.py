"""Entries of a block mapping that may change places, and the blank lines that stay between them."""

from msgspec import Struct, field

from reconciler.manifest.arranged import arranged
from reconciler.manifest.canonical import Guide
from reconciler.manifest.spans import Span, Touched

Lines = list[str]


class Entry(Struct):
    """A key with all that moves with it.

    Attributes:
        end: behind its last line.
        is_open: it ends with a block scalar to which blank lines after it would belong.
        lead: the comments right above it.
        gap: the blank lines before it.
        position, group: in its run; entries of one group have no blank line between them.
    """

    key: Span
    value: Span
    end: int
    is_open: bool = False
    lead: Lines = field(default_factory=list)
    gap: Lines = field(default_factory=list)
    position: int = 0
    group: int = 0

    @property
    def touched(self) -> Touched:
        """The anchors in it."""
        return self.key.touched | self.value.touched


class Run(Struct):
    """Entries that may change places with each other, and the lines before them, which stay."""

    head: Lines = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    _gaps: list[Lines] = field(default_factory=lambda: [[]])
    """For each group the blank lines before it."""

    def add(self, entry: Entry) -> None:
        """The next one of the text."""
        if entry.gap:
            self._gaps.append(entry.gap)
        entry.position, entry.group = len(self.entries), len(self._gaps) - 1
        self.entries.append(entry)

    def in_order(self, guide: Guide) -> list[Entry]:
        """Names are sorted within their groups, unless each of them is set off by blank lines.

        Beside an entry that is open nothing moves: blank lines are no longer what they seem.
        """
        if any(entry.is_open for entry in self.entries):
            return self.entries
        is_grouped = guide.is_of_names and 1 < len(self._gaps) < len(self.entries)
        ranks = [(e.group if is_grouped else 0, guide.rank(e.key.key)) for e in self.entries]
        order = arranged(ranks, [entry.touched for entry in self.entries])
        return [self.entries[n] for n in order]

    def between(self, before: Entry, entry: Entry) -> Lines:
        """The blank lines between two that are neighbours now."""
        if entry.position == before.position + 1:
            return entry.gap
        is_apart = before.group != entry.group
        return self._gaps[max(before.group, entry.group)] if is_apart else []
