"""What a training file and its validation file have in common, and should not, or should."""

from collections.abc import Iterator
from typing import NamedTuple

from reconciler.datasets.notes import Lines
from reconciler.datasets.rules_file import also
from reconciler.errors import Mark, Problem
from reconciler.rules import RULES


class Side(NamedTuple):
    """One of two datasets.

    Attributes:
        name: its address.
        shown: its path, as the manifest writes it.
        rows: how many examples it has.
        prompt: the digest of the system prompt of nearly all of them; empty where there is none.
    """

    name: str
    shown: str
    rows: int
    prompt: str


def compared(training: Side, validation: Side, overlap: Lines) -> Iterator[Problem]:
    """What is to be told of two files.

    Args:
        overlap: the lines of the validation file that are in the training file, too.
    """
    if overlap.count:
        what = (
            f"{overlap.count:,} of {validation.rows:,} examples are in {training.name}, too; here "
            f"the first{also(overlap)}"
        )
        why = "the model has seen them: their loss says less than it seems to"
        yield _told("train-valid-overlap", validation, what, why, overlap.first[0])
    if training.prompt != validation.prompt and training.rows and validation.rows:
        what = f"its examples have another system prompt than those of {training.name}, or none"
        why = "what is measured is not what is trained"
        yield _told("system-mismatch", validation, what, why, 1)


def _told(code: str, side: Side, what: str, why: str, line: int) -> Problem:
    mark = Mark(side.shown, line, 1)
    cure, severity = RULES[code].short_cure, RULES[code].severity
    return Problem(what, code, mark, why=f"{side.name}; {why}", cure=cure, severity=severity)
