"""A saved plan on disk: read within bounds, written whole or not at all."""

import os
from contextlib import suppress
from pathlib import Path

from reconciler.backends.durable import discard, explained, sync_folder, write_beside
from reconciler.core.saved_plan import LIMIT, START, SavedPlan, decode_plan, encode_plan
from reconciler.errors import Refusal
from reconciler.regular import open_regular


def read_plan(path: Path) -> SavedPlan:
    """The plan in a file.

    Raises:
        Refusal: it is none that can be used.
        ReconcilerError: the file cannot be read.
    """
    with explained("read the saved plan", str(path)):
        return decode_plan(_read(path, LIMIT + 1), shown=str(path))


def write_plan(path: Path, plan: SavedPlan) -> None:
    """Put the plan at `path`, durably; only an earlier plan is overwritten.

    Raises:
        Refusal: something else is there.
        ReconcilerError: the file cannot be written.
    """
    with explained("save the plan", str(path)):
        with suppress(FileNotFoundError):
            if _read(path, len(START)) != START:
                raise _something_else(path)
        temporary = write_beside(path, encode_plan(plan))
        try:
            temporary.rename(path)
        except OSError:
            discard(temporary)
            raise
        sync_folder(path.parent)


def _read(path: Path, size: int) -> bytes:
    """The first bytes of a file."""
    with os.fdopen(open_regular(path), "rb") as file:
        return file.read(size)


def _something_else(path: Path) -> Refusal:
    return Refusal(
        f"refused: {path} is there already, and is no saved plan",
        where=f"--out {path}",
        why="it would be overwritten",
        cure="give another name; nothing was written",
    )
