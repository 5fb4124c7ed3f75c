"""Digests of files that did not change, so that a plan without changes reads no dataset.

A cache may be lost, corrupt or not writable at any time: then files are simply read again.
"""

import os
from pathlib import Path
from typing import Any, Self

from reconciler.datasets.digest import identity
from reconciler.datasets.scan import Scan
from reconciler.datasets.tokens import ESTIMATE, Tokens
from reconciler.kept import keep, recall

RULES = 4
"""Raised whenever the rules find more than before: what passed earlier is then read again."""

SETTLED = 2_000_000_000
"""Nanoseconds. A file that was touched less than this before it was read may change once more
without a new time stamp, on filesystems that keep time coarsely; so it is not trusted."""

LARGEST = 100_000
"""Entries kept; the oldest go."""


class DigestCache:
    """Scans without problems, by path, purpose and what `stat` says of the file."""

    def __init__(self, file: Path | None, entries: dict[str, list[Any]]) -> None:
        self._file, self._entries = file, entries
        self._is_changed = False

    @classmethod
    def load(cls, file: Path | None) -> Self:
        """What the file holds, nothing if it cannot be read; None: a cache for this run alone."""
        entries = recall(file, RULES) if file else None
        return cls(file, entries if isinstance(entries, dict) else {})

    def get(
        self, path: str, purpose: str, status: os.stat_result, encodings: tuple[str, ...] = ()
    ) -> Scan | None:
        """The scan of the file as it is now, if it is known, with its tokens by these encodings."""
        entry = self._entries.get(f"{purpose}:{path}")
        if entry is None or entry[:4] != [*identity(status)]:
            return None
        tokens = Tokens(*entry[7])
        if tokens.counts and not {*(encodings or (ESTIMATE,))} <= tokens.counts.keys():
            return None
        return Scan(entry[4], entry[0], entry[5], entry[6], tokens=tokens)

    def put(self, path: str, purpose: str, status: os.stat_result, scan: Scan, began: int) -> None:
        """Remember a scan of the file that had this status, begun at this time in nanoseconds.

        Neither a file with problems is remembered, as they must be shown again, nor one that was
        touched shortly before.
        """
        touched = max(status.st_mtime_ns, status.st_ctime_ns)
        if scan.problems or scan.bytes != status.st_size or began - touched < SETTLED:
            return
        key = f"{purpose}:{path}"
        self._entries.pop(key, None)
        self._entries[key] = [
            *(*identity(status), scan.sha256, scan.rows, scan.format),
            [scan.tokens.counts, scan.tokens.is_whole],
        ]
        self._is_changed = True

    def save(self) -> None:
        """Write what was added, atomically; a cache that cannot be written is done without."""
        if self._file is None or not self._is_changed:
            return
        kept = dict(list(self._entries.items())[-LARGEST:])
        self._is_changed = not keep(self._file, RULES, kept)
