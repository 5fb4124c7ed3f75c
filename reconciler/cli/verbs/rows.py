"""The rows that findings are about, for a person at a terminal alone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from reconciler.datasets.block import blocks
from reconciler.datasets.dataset import Dataset
from reconciler.datasets.digest import reading
from reconciler.errors import Problem
from reconciler.text import visible

MOST = 160
"""Characters shown of a row, those around the place of the finding."""

Rows = Mapping[tuple[str, int], str]
"""File as it is shown and line → the row's text."""


def rows_of(problems: Iterable[Problem], datasets: Iterable[Dataset]) -> Rows:
    """The rows of all findings in datasets; each file is read once more."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for problem in problems:
        if problem.mark:
            wanted[problem.mark.file].add(problem.mark.line)
    found: dict[tuple[str, int], str] = {}
    for dataset in datasets:
        lines = wanted.pop(dataset.shown, set())
        if not lines:
            continue
        with reading(dataset.source, dataset.shown) as (_, reader):
            for block in blocks(reader):
                for number, line in enumerate(block.lines(), block.first):
                    if number in lines:
                        found[dataset.shown, number] = line.decode(errors="backslashreplace")
    return found


def excerpt(problem: Problem, rows: Rows) -> str:
    """The part of a row that a finding is about; empty where it is about no row."""
    mark = problem.mark
    text = rows.get((mark.file, mark.line), "").strip() if mark else ""
    if not mark or not text:
        return ""
    start = max(0, min(mark.column - 1 - MOST // 4, len(text) - MOST))
    cut = text[start : start + MOST]
    return visible(("…" if start else "") + cut + ("…" if start + MOST < len(text) else ""))
