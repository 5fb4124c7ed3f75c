"""From rounds to a row: medians, the verdict, the table, the JSON."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from bench.compare import Case, Pair
from bench.stages import Split
from bench.wire import Wire

HEAD = ("what", "median ms", "MB", "yardstick ms", "ratio", "target", "verdict", "spread")


@dataclass(frozen=True, slots=True)
class Row:
    """What a case came to; a ratio is the median of the ratios of its rounds.

    Attributes:
        spread: the smallest and the largest ratio of a round: how far to trust the median.
        why: why it was not measured; empty where it was.
    """

    name: str
    what: str
    target: float = 0.0
    ratio: float = 0.0
    milliseconds: float = 0.0
    yardstick: float = 0.0
    megabytes: float = 0.0
    megabytes_allowed: float | None = None
    megabytes_apart: float = 0.0
    apart_allowed: float | None = None
    spread: tuple[float, float] = (0.0, 0.0)
    rounds: int = 0
    why: str = ""

    @property
    def is_over(self) -> bool:
        """Whether it was measured and is not as promised."""
        allowed = self.megabytes_allowed
        is_large = allowed is not None and self.megabytes > allowed
        is_apart = self.apart_allowed is not None and self.megabytes_apart > self.apart_allowed
        return not self.why and (self.ratio > self.target or is_large or is_apart)

    @property
    def verdict(self) -> str:
        """`ok`, `OVER` or `skipped`."""
        return "skipped" if self.why else "OVER" if self.is_over else "ok"


def row(case: Case, pairs: Sequence[Pair]) -> Row:
    """The row of a case that was measured at least once."""
    ratios = [pair.ratio for pair in pairs]
    return Row(
        case.name,
        case.what,
        case.at_most,
        median(ratios),
        1000 * median(pair.subject.seconds for pair in pairs),
        1000 * median(pair.yardstick.seconds for pair in pairs),
        max(pair.subject.megabytes for pair in pairs),
        case.megabytes,
        max(pair.subject.megabytes - pair.yardstick.megabytes for pair in pairs),
        case.apart,
        (min(ratios), max(ratios)),
        len(pairs),
    )


def table(rows: Iterable[Row]) -> str:
    """The rows as aligned text, the first column left, the others right."""
    return aligned([HEAD, *(_cells(item) for item in rows)])


def aligned(lines: Sequence[Sequence[str]]) -> str:
    """Lines of as many cells each as text: the first and the last column left, the others right."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(_aligned(line, widths) for line in lines)


def _cells(item: Row) -> tuple[str, ...]:
    what = f"{item.name}: {item.what}"
    if item.why:
        return (what, "", "", "", "", "", item.verdict, item.why)
    low, high = item.spread
    return (
        what,
        f"{item.milliseconds:.0f}",
        f"{item.megabytes:.0f}",
        f"{item.yardstick:.0f}",
        f"{item.ratio:.2f}",
        f"≤ {item.target:.2f}",
        item.verdict,
        f"{low:.2f} to {high:.2f}, {item.rounds} rounds",
    )


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *numbers, last = cells
    middle = [cell.rjust(width) for cell, width in zip(numbers, widths[1:], strict=False)]
    return "  ".join((first.ljust(widths[0]), *middle, last)).rstrip()


def document(
    rows: Iterable[Row], splits: Iterable[Split] = (), wires: Iterable[Wire] = ()
) -> dict[str, Any]:
    """All of it as JSON: milliseconds, MB, ratios and bytes as they were measured."""
    return {
        "version": 1,
        "rows": [asdict(item) | {"verdict": item.verdict} for item in rows],
        "stages": [asdict(item) for item in splits],
        "wires": [asdict(item) for item in wires],
    }
