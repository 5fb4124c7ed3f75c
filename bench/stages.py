"""Where the time of a plan with nothing to do goes, and how much memory it takes, by size."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from bench.process import Command, run
from bench.stage import Stage


@dataclass(frozen=True, slots=True)
class Split:
    """A plan of so many resources: milliseconds of each stage, medians, and its peak in MB."""

    size: int
    milliseconds: Mapping[str, float]
    megabytes: float


def split(stage: Stage, size: int, rounds: int) -> Split:
    """Plan so many times, beside a first one that is not counted.

    Raises:
        RuntimeError: the plan failed: its time would mean nothing.
    """
    command = Command(("-m", "bench.programs.plan_stages"), stage.folder, stage.environ)
    samples = [run(command) for _ in range(1 + rounds)][1:]
    if failed := [sample for sample in samples if sample.code]:
        raise RuntimeError(f"the plan of {size:,} failed: {failed[0].error[-500:]}")
    taken = [json.loads(sample.output.splitlines()[-1]) for sample in samples]
    medians = {name: median(one[name] for one in taken) for name in taken[0]}
    return Split(size, medians, max(sample.megabytes for sample in samples))


def lines(splits: Iterable[Split]) -> list[tuple[str, ...]]:
    """The rows of a table: a head, then a size each; none where nothing was measured."""
    splits = [*splits]
    head = [("plan in sync, ms of", *splits[0].milliseconds, "MB")] if splits else []
    return [*head, *(_cells(item) for item in splits)]


def _cells(item: Split) -> tuple[str, ...]:
    numbers = (*item.milliseconds.values(), item.megabytes)
    return (f"{item.size:,}", *(f"{number:.0f}" for number in numbers))
