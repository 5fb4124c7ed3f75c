"""What a command leaves for the steps of CI after it: GitHub's summary and outputs, own files."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from reconciler.backends.durable import discard, explained, sync_folder, write_beside
from reconciler.cli.settings import Settings
from reconciler.errors import Refusal
from reconciler.regular import open_regular
from reconciler.render.ci_outputs import output_lines

MOST_SUMMARY = 1_048_576
"""Bytes that GitHub takes of a step's summary; of more it takes nothing."""


def summarise(settings: Settings, page: str) -> None:
    """Add a page to the summary of this step, where GitHub runs it."""
    path = settings.environ.get("GITHUB_STEP_SUMMARY")
    if settings.host != "GitHub" or not path:
        return
    data = f"{page}\n".encode()
    with suppress(OSError):
        if Path(path).stat().st_size + len(data) > MOST_SUMMARY:
            settings.out.say("note: this step's summary is full; the plan is in the log")
            return
    _append(settings, path, data)


def put_out(settings: Settings, outputs: Mapping[str, str]) -> None:
    """Set the outputs of this step, where GitHub runs it."""
    path = settings.environ.get("GITHUB_OUTPUT")
    if settings.host == "GitHub" and path:
        _append(settings, path, output_lines(outputs).encode())


def _append(settings: Settings, path: str, data: bytes) -> None:
    """What CI shows is no reason to fail: what is lost is said."""
    try:
        with Path(path).open("ab") as file:
            file.write(data)
    except OSError as error:
        settings.out.say(f"note: {path} cannot be written: {error.strerror}")


class Sort(NamedTuple):
    """A sort of file that we write: its name, how each begins, and the option that asks for it."""

    name: str
    start: bytes
    option: str


PAGE = Sort("page of a plan", b"<!-- reconciler:plan v1 ", "--page")
WIDGET = Sort("widget", b'{"create": ', "--widget")


def write_own(path: Path, data: bytes, sort: Sort) -> None:
    """Put a file at `path`, durably; only an earlier one of its sort is overwritten.

    Raises:
        Refusal: something else is there.
        ReconcilerError: the file cannot be written.
    """
    with explained(f"save the {sort.name.split()[-1]}", str(path)):
        with suppress(FileNotFoundError):
            if _read(path, len(sort.start)) != sort.start:
                raise _something_else(path, sort)
        temporary = write_beside(path, data)
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


def _something_else(path: Path, sort: Sort) -> Refusal:
    return Refusal(
        f"refused: {path} is there already, and is no {sort.name}",
        where=f"{sort.option} {path}",
        why="it would be overwritten",
        cure="give another name; nothing was written",
    )
