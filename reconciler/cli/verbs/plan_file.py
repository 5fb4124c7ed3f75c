"""A saved plan on disk: read within bounds, written whole or not at all."""

import os
from pathlib import Path

from reconciler.backends.durable import explained
from reconciler.cli.verbs.ci_files import Sort, write_own
from reconciler.core.saved_plan import LIMIT, START, SavedPlan, decode_plan, encode_plan
from reconciler.regular import open_regular

SAVED = Sort("saved plan", START, "--out")


def read_plan(path: Path) -> SavedPlan:
    """The plan in a file.

    Raises:
        Refusal: it is none that can be used.
        ReconcilerError: the file cannot be read.
    """
    with (
        explained("read the saved plan", str(path)),
        os.fdopen(open_regular(path), "rb") as file,
    ):
        return decode_plan(file.read(LIMIT + 1), shown=str(path))


def write_plan(path: Path, plan: SavedPlan) -> None:
    """Put the plan at `path`, durably; only an earlier plan is overwritten.

    Raises:
        Refusal: something else is there.
        ReconcilerError: the file cannot be written.
    """
    write_own(path, encode_plan(plan), SAVED)
