"""Digests of files that did not change, so that a plan without changes reads no dataset.

A cache may be lost, corrupt or not writable at any time: then files are simply read again.
"""

import os
from pathlib import Path
from typing import Any, Self

from reconciler.datasets.dataset import Dataset, Scan
from reconciler.datasets.digest import identity
from reconciler.datasets.encodings import ESTIMATE, Tokens
from reconciler.datasets.notes import Lines
from reconciler.datasets.versions import keep_version
from reconciler.errors import Mark, Problem
from reconciler.kept import keep, recall

RULES = 6
"""Raised whenever the rules find more than before: what passed earlier is then read again."""

SETTLED = 2_000_000_000
"""Nanoseconds. A file that was touched less than this before it was read may change once more
without a new time stamp, on filesystems that keep time coarsely; so it is not trusted."""

LARGEST = 100_000
"""Entries kept; the oldest go."""


class DigestCache:
    """Scans, by path, purpose and what `stat` says of the file."""

    def __init__(self, file: Path | None, entries: dict[str, list[Any]]) -> None:
        self._file, self._entries = file, entries
        self._is_changed = False

    @classmethod
    def load(cls, file: Path | None) -> Self:
        """What the file holds, nothing if it cannot be read; None: a cache for this run alone."""
        entries = recall(file, RULES) if file else None
        return cls(file, entries if isinstance(entries, dict) else {})

    def get(self, dataset: Dataset, status: os.stat_result) -> Scan | None:
        """The scan of the file as it is now, if it is known, with its tokens as they are wanted."""
        entry = self._entries.get(_key(dataset))
        if entry is None or entry[:4] != [*identity(status)]:
            return None
        _, _, _, _, sha256, rows, row_format, counted, told, more, keys, prompt = entry
        tokens, wanted = Tokens(*counted), {*(dataset.encodings or (ESTIMATE,))}
        if tokens.counts and not wanted <= tokens.counts.keys():
            return None
        problems = tuple(_problem(each, dataset.shown) for each in told)
        return Scan(sha256, status.st_size, rows, row_format, problems, more, tokens, keys, prompt)

    def put(self, dataset: Dataset, status: os.stat_result, scan: Scan, began: int) -> None:
        """Remember a scan of the file that had this status, begun at this time in nanoseconds.

        One that was touched shortly before is not remembered. Findings are, as they follow from
        the bytes; they repeat no data.
        """
        touched = max(status.st_mtime_ns, status.st_ctime_ns)
        if scan.bytes != status.st_size or began - touched < SETTLED:
            return
        told = [[*problem._replace(mark=None), *_place(problem)] for problem in scan.problems]
        self._put(
            _key(dataset),
            [
                *(*identity(status), scan.sha256, scan.rows, scan.format),
                *([scan.tokens.counts, scan.tokens.is_whole], told, scan.more),
                *(scan.keys, scan.prompt),
            ],
        )

    def keep_version(self, scan: Scan) -> None:
        """Keep what a fresh scan found by its digest, to compare a later version with it."""
        if self._file is not None:
            keep_version(self._file, scan)

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
    return f"{dataset.purpose}:{dataset.path}"


def _place(problem: Problem) -> tuple[int, int]:
    return (problem.mark.line, problem.mark.column) if problem.mark else (1, 1)


def _problem(told: list[Any], shown: str) -> Problem:
    *fields, line, column = told
    return Problem(*fields)._replace(mark=Mark(shown, line, column))
