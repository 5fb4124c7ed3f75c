"""Where the time of a plan with nothing to do goes, and how much memory it takes, by size."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median

from bench.process import Command, Sample, run
from bench.programs.plan_stages import EDITED
from bench.stage import Stage


@dataclass(frozen=True, slots=True)
class Split:
    """A plan of so many resources: milliseconds of each stage, medians, and its peak in MB.

    `is_edited` is of one whose manifest is read anew, as it is after an edit.
    """

    size: int
    is_edited: bool
    milliseconds: Mapping[str, float]
    megabytes: float


def splits(stage: Stage, size: int, rounds: int) -> Iterator[Split]:
    """Plan so many times as it is, then as it is after an edit.

    Raises:
        RuntimeError: the plan failed: its time would mean nothing.
    """
    yield _split(stage, size, rounds, is_edited=False)
    yield _split(stage, size, rounds, is_edited=True)


def _split(stage: Stage, size: int, rounds: int, *, is_edited: bool) -> Split:
    """Medians of so many runs, beside a first one that is not counted."""
    samples = [_plan(stage, is_edited=is_edited) for _ in range(1 + rounds)][1:]
    if failed := [sample for sample in samples if sample.code]:
        raise RuntimeError(f"the plan of {size:,} failed: {failed[0].error[-500:]}")
    taken = [json.loads(sample.output.splitlines()[-1]) for sample in samples]
    medians = {name: median(one[name] for one in taken) for name in taken[0]}
    return Split(size, is_edited, medians, max(sample.megabytes for sample in samples))


def _plan(stage: Stage, *, is_edited: bool) -> Sample:
    if is_edited:
        stage.forget_manifest()
    more = (EDITED,) if is_edited else ()
    return run(Command(("-m", "bench.programs.plan_stages", *more), stage.folder, stage.environ))


def lines(splits: Iterable[Split]) -> list[tuple[str, ...]]:
    """The rows of a table: a head, then a size each; none where nothing was measured."""
    splits = [*splits]
    head = [("plan in sync, ms of", *splits[0].milliseconds, "MB")] if splits else []
    return [*head, *(_cells(item) for item in splits)]


def _cells(item: Split) -> tuple[str, ...]:
    numbers = (*item.milliseconds.values(), item.megabytes)
    return (
        f"{item.size:,}{', edited' if item.is_edited else ''}",
        *(f"{number:.0f}" for number in numbers),
    )
