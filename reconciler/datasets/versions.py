"""What a dataset held, kept by the digest of its bytes: so that a later version can be compared.

A file a version, below the user's cache folder, as digests of rows and names; no row is in it. It
may be lost at any time: then only what the state records is compared.
"""

import base64
from array import array
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from reconciler.datasets.dataset import Scan
from reconciler.kept import keep, recall

RULES = 2
"""Raised whenever the same bytes would be kept as something else."""

MOST_ROWS = 500_000
"""Of larger versions nothing is kept: 5 MB, and 50 MB to compare them."""

MOST_KEPT = 40
"""Versions kept of the datasets of one manifest; the oldest go."""


class Version(NamedTuple):
    """One version of a dataset.

    Attributes:
        digests: of its rows, in any order; nothing where there were too many.
        tokens: by the way they were counted.
    """

    rows: int
    digests: "array[int]"
    tokens: dict[str, int]
    roles: list[str]
    tools: list[str]


def keep_version(file: Path, scan: Scan) -> None:
    """Keep what a scan found; `file` is the digest cache beside which it is kept."""
    place = _place(file, scan.sha256)
    if scan.examples is None or not 0 < scan.rows <= MOST_ROWS or _is_there(place):
        return
    digests = base64.b64encode(scan.examples.digests.tobytes()).decode()
    shape = [sorted(scan.roles), sorted(scan.tools)]
    if keep(place, RULES, [scan.rows, digests, scan.tokens.counts, *shape]):
        _prune(file)


def recall_version(file: Path, sha256: str) -> Version | None:
    """What was kept of the version with this digest."""
    with suppress(ValueError, TypeError):
        rows, packed, tokens, roles, tools = recall(_place(file, sha256), RULES)
        digests = array("Q")
        digests.frombytes(base64.b64decode(packed))
        return Version(rows, digests, tokens, roles, tools)
    return None


def rows_between(old: Version, new: Version) -> tuple[int, int] | None:
    """How many rows the new version adds, and how many it leaves out; None: not known."""
    if len(old.digests) != old.rows or len(new.digests) != new.rows:
        return None
    before, after = Counter(old.digests), Counter(new.digests)
    return (after - before).total(), (before - after).total()


def _place(file: Path, sha256: str) -> Path:
    return file.with_name(f"{file.name.partition('.')[0]}.rows-{sha256[:32]}.json")


def _is_there(place: Path) -> bool:
    with suppress(OSError):  # what cannot be looked at is kept again, or not at all
        return place.exists()
    return False


def _prune(file: Path) -> None:
    with suppress(OSError):
        kept = [*file.parent.glob(f"{file.name.partition('.')[0]}.rows-*.json")]
        if len(kept) > MOST_KEPT:
            kept.sort(key=lambda path: path.stat().st_mtime_ns)
            for path in kept[:-MOST_KEPT]:
                path.unlink(missing_ok=True)
