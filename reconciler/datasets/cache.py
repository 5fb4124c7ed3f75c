"""Digests of files that did not change, so that a plan without changes reads no dataset.

A cache may be lost, corrupt or not writable at any time: then files are simply read again.
"""

from array import array
from pathlib import Path
from typing import Any, Self

from reconciler.datasets.dataset import Dataset, Scan
from reconciler.datasets.encodings import ESTIMATE, Tokens
from reconciler.datasets.notes import Lines
from reconciler.datasets.versions import keep_version, recall_version
from reconciler.errors import Mark, Problem
from reconciler.kept import keep, recall
from reconciler.sources import Version

RULES = 12
"""Raised whenever the rules find more than before: what passed earlier is then read again."""

SETTLED = 2_000_000_000
"""Nanoseconds. A file that was touched less than this before it was read may change once more
without a new time stamp, on filesystems that keep time coarsely; so it is not trusted."""

LARGEST = 100_000
"""Entries kept; the oldest go."""


class DigestCache:
    """Scans, by source, purpose and version."""

    def __init__(self, file: Path | None, entries: dict[str, list[Any]]) -> None:
        self._file, self._entries = file, entries
        self._is_changed = False

    @classmethod
    def load(cls, file: Path | None) -> Self:
        """What the file holds, nothing if it cannot be read; None: a cache for this run alone."""
        entries = recall(file, RULES) if file else None
        return cls(file, entries if isinstance(entries, dict) else {})

    def get(self, dataset: Dataset, version: Version) -> Scan | None:
        """The scan of this version, if it is known, with its tokens as they are wanted."""
        entry = self._entries.get(_key(dataset))
        if entry is None or entry[0] != [version.size, *version.marks]:
            return None
        _, sha256, rows, row_format, (counts, is_whole), told, more, keys, prompt = entry
        wanted = dataset.encodings or (ESTIMATE,)
        if counts and not all(map(counts.__contains__, wanted)):
            return None
        # No others, though they may be known: the result is that of a fresh scan.
        tokens = Tokens({name: counts[name] for name in wanted} if counts else {}, is_whole)
        problems = tuple(_problem(each, dataset.shown) for each in told) if told else ()
        return Scan(sha256, version.size, rows, row_format, problems, more, tokens, keys, prompt)

    def put(self, dataset: Dataset, version: Version, scan: Scan, began: int) -> None:
        """Remember a scan of this version, begun at this time in nanoseconds.

        One that was touched shortly before is not remembered. Findings are, as they follow from
        the bytes; they repeat no data.
        """
        is_settled = version.touched is None or began - version.touched >= SETTLED
        if scan.bytes != version.size or not is_settled:
            return
        told = [[*problem._replace(mark=None), *_place(problem)] for problem in scan.problems]
        self._put(
            _key(dataset),
            [
                *([version.size, *version.marks], scan.sha256, scan.rows, scan.format),
                *([scan.tokens.counts, scan.tokens.is_whole], told, scan.more),
                *(scan.keys, scan.prompt),
            ],
        )

    def keep_version(self, scan: Scan) -> None:
        """Keep what a fresh scan found by its digest, to compare a later version with it."""
        if self._file is not None:
            keep_version(self._file, scan)

    def rows_of(self, sha256: str) -> "array[int] | None":
        """The digests of all rows of the file with this digest, if they were kept."""
        kept = recall_version(self._file, sha256) if self._file else None
        return kept.digests if kept and len(kept.digests) == kept.rows else None

    def overlap(self, training: str, validation: str) -> Lines | None:
        """What two files of these digests share, if it is known."""
        entry = self._entries.get(f"overlap:{training}:{validation}")
        return Lines(*entry) if entry else None

    def put_overlap(self, training: str, validation: str, found: Lines) -> None:
        """Remember what two files of these digests share."""
        self._put(f"overlap:{training}:{validation}", [found.count, found.first])

    def _put(self, key: str, entry: list[Any]) -> None:
        self._entries.pop(key, None)
        self._entries[key] = entry
        self._is_changed = True

    def save(self) -> None:
        """Write what was added, atomically; a cache that cannot be written is done without."""
        if self._file is None or not self._is_changed:
            return
        kept = dict(list(self._entries.items())[-LARGEST:])
        self._is_changed = not keep(self._file, RULES, kept)


def _key(dataset: Dataset) -> str:
    return f"{dataset.purpose}:{dataset.source.key}"


def _place(problem: Problem) -> tuple[int, int]:
    return (problem.mark.line, problem.mark.column) if problem.mark else (1, 1)


def _problem(told: list[Any], shown: str) -> Problem:
    *fields, line, column = told
    return Problem(*fields)._replace(mark=Mark(shown, line, column))
