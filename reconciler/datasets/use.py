"""Whether a dataset is of use to what reads it: the form that its entry says, the job's method."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from reconciler.datasets.finding import Format, Row, shown
from reconciler.errors import Mark, Problem

if TYPE_CHECKING:  # a worker that judges blocks needs nothing of what a dataset is
    from reconciler.datasets.dataset import Scan

MOST_KEYS = 200
"""Names of keys told apart; more are data of their own."""

LONGEST_KEY = 100
"""Characters of a name that a grader could be written for."""

_API_NAMES: Mapping[Format, str] = {
    "chat": "fine-tune-chat",
    "reinforcement": "fine-tune-chat",
    "dpo": "fine-tune-preference",
    "completion": "fine-tune-completion",
}
_METHODS: Mapping[Format, str] = {
    "chat": "supervised",
    "completion": "supervised",
    "dpo": "dpo",
    "reinforcement": "reinforcement",
}


class Use(Struct, frozen=True):
    """A job that reads a dataset.

    Attributes:
        job: its address.
        method: supervised, dpo or reinforcement.
        speaks: what its base model is trained on, chat or completion; empty where nobody knows.
        items: the keys of an example that its graders read.
    """

    job: str
    method: str
    speaks: str
    items: frozenset[str]


class Keys:
    """Watches which keys the examples have beside their messages."""

    def __init__(self) -> None:
        self.count: dict[str, int] = {}

    def see(self, row: Row) -> None:
        """Count the keys of an example."""
        is_alone = len(row.value) == 1 and "messages" in row.value
        if not is_alone and row.format not in ("dpo", "completion"):
            for key in row.value:
                if key in self.count or self._has_room(key):
                    self.count[key] = self.count.get(key, 0) + 1

    def _has_room(self, key: str) -> bool:
        return len(self.count) < MOST_KEYS and len(key) <= LONGEST_KEY

    def merge(self, other: Any) -> None:  # noqa: ANN401  # a watcher of this class
        """Add the keys of another part of the file."""
        for key, count in other.count.items():
            self.count[key] = self.count.get(key, 0) + count


def fits(scan: "Scan", use: Use) -> bool:
    """Whether a job certainly can train on a dataset; nearly all of them can."""
    return scan.format != "reinforcement" and _fits(scan.format, use)


def unfit(scan: "Scan", use: Use, mark: Mark) -> Iterator[Problem]:
    """Why a job cannot train on a dataset; `mark` is where the manifest says that it does."""
    if not _fits(scan.format, use):
        yield _misfit(scan.format, use, mark)
    elif scan.format == "reinforcement":
        yield from _without(scan.rows, scan.keys, use, mark)


def _fits(found: Format, use: Use) -> bool:
    if found == "unknown":
        return True
    if _METHODS[found] != use.method:
        return False
    return use.method != "supervised" or use.speaks in ("", found)


def _misfit(found: Format, use: Use, mark: Mark) -> Problem:
    method, name = _METHODS[found], _API_NAMES[found]
    takes = f"{use.method} fine-tuning" + (f" of a {use.speaks} model" if use.speaks else "")
    quote = (
        f"Input file … is in the {name} format, but the specified fine-tuning job is not using "
        f"'{method}' as the training method (provided method={use.method})."
    )
    why = f"{use.job} trains by {takes}"
    return Problem(
        f"the dataset is in the {found} format, which {use.job} cannot train on",
        "format-not-method",
        mark,
        why=f'{why}; the API fails the job after it is queued:\n"{quote}"',
        cure="name a dataset of that method, or correct the method",
    )


def _without(rows: int, keys: Mapping[str, int], use: Use, mark: Mark) -> Iterator[Problem]:
    for key in sorted(use.items - {"messages", "tools"}):
        if len(keys) < MOST_KEYS and keys.get(key, 0) < rows:
            lacking = rows - keys.get(key, 0)
            yield Problem(
                f"{lacking:,} of {rows:,} examples have no {shown(key)}, which a grader reads",
                "missing-item-key",
                mark,
                why=f"{use.job} grades with {{{{item.{key}}}}}; there it would have no value",
                cure="give every example the key, or correct the grader",
            )


def not_as_declared(found: Format, declared: str, name: str, mark: Mark) -> Iterator[Problem]:
    """Where an entry says a format, and the data are of another one."""
    if declared not in ("auto", found) and found != "unknown":
        yield Problem(
            f"the dataset is in the {found} format",
            "other-format",
            mark,
            why=f"{name} says that it is {declared}",
            cure=f"correct the data, or write format: {found}",
        )
