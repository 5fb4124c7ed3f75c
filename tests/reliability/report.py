"""What a programme of the reliability tests came to: its figures, and all that went wrong."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import IntEnum
from typing import Any

HEAD = ("id", "what", "cases", "figures", "seconds", "verdict")


class Profile(IntEnum):
    """How much of a programme is run."""

    QUICK = 1
    """A slice in seconds: part of `make check`."""
    FULL = 2
    """All that is promised for a release: `make reliability`."""
    LONG = 3
    """As long as somebody likes to wait: `make reliability PROFILE=long`."""


class MissingTool(Exception):
    """A programme cannot run here; the message names what to install. It fails the target."""


@dataclass(frozen=True, slots=True)
class Result:
    """One programme, run.

    Attributes:
        cases: how many histories, points, cells or rounds were tried.
        figures: what was counted, by name (`kills`, `duplicates`, `orphans`, …), for people.
        violations: a sentence for each case that broke a promise, with how to see it again.
        seconds: what it took; set by the runner.
    """

    id: str
    what: str
    cases: int
    figures: Mapping[str, int | float | str] = field(default_factory=dict)
    violations: Sequence[str] = ()
    seconds: float = 0.0

    @property
    def verdict(self) -> str:
        """`ok`, or how many promises were broken; nothing tried is nothing shown."""
        if not self.cases:
            return "NOTHING TRIED"
        return f"{len(self.violations)} BROKEN" if self.violations else "ok"


def table(results: Iterable[Result]) -> str:
    """The results as aligned text."""
    lines = [HEAD, *(_cells(result) for result in results)]
    widths = [max(len(line[n]) for line in lines) for n in range(len(HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _cells(result: Result) -> tuple[str, ...]:
    figures = ", ".join(f"{value} {name}" for name, value in result.figures.items())
    cases, took = str(result.cases), f"{result.seconds:.0f}"
    return result.id, result.what, cases, figures, took, result.verdict


def document(results: Iterable[Result], profile: Profile) -> dict[str, Any]:
    """The results as JSON."""
    rows = [asdict(result) | {"verdict": result.verdict} for result in results]
    return {"version": 1, "profile": profile.name.lower(), "programmes": rows}
