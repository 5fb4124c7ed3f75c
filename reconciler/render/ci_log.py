"""What CI systems obey in a log: GitHub's commands, GitLab's sections.

What is not ours in them (titles, messages, paths) is escaped here, as the one who prints them may
not: `Out.command` writes them as they are.
"""

import os
from typing import Literal, NamedTuple

from reconciler.errors import Mark
from reconciler.text import inert, visible

Host = Literal["GitHub", "GitLab", ""]
"""The CI system that runs this, of those whose logs understand commands; empty for others."""

Level = Literal["error", "warning"]


class Note(NamedTuple):
    """One thing to show beside the lines that are reviewed."""

    level: Level
    title: str
    text: str
    mark: Mark | None = None


def seen_from(note: Note, workspace: str) -> Note:
    """The same with its file as the CI system names it, where it lies below its folder."""
    return note._replace(mark=note.mark and below(note.mark, workspace))


def below(mark: Mark, workspace: str) -> Mark:
    """The same place, its file from that folder on, where it lies below it."""
    return mark._replace(file=path_below(mark.file, workspace))


def path_below(file: str, workspace: str) -> str:
    """A path from that folder on, where it lies below it; the folder may not be known."""
    if not workspace or "://" in file:
        return file
    found = os.path.relpath(file, workspace)
    return file if found.startswith("..") else found


def annotation(note: Note) -> str:
    """One line; `%` is escaped, in properties `:` and `,` too."""
    mark = note.mark
    place = f"file={_property(mark.file)},line={mark.line},col={mark.column}," if mark else ""
    return f"::{note.level} {place}title={_property(note.title)}::{_data(note.text)}"


def _data(text: str) -> str:
    return inert(visible(text)).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def opened(host: Host, title: str, now: int) -> str:
    """What begins a part of the log that is folded; `now` are Unix seconds."""
    match host:
        case "GitHub":
            return f"::group::{_data(title)}"
        case "GitLab":
            begun = f"section_start:{now}:reconciler[collapsed=true]"
            return f"\x1b[0K{begun}\r\x1b[0K{inert(visible(title))}"
        case _:
            return ""


def closed(host: Host, now: int) -> str:
    """What ends it."""
    match host:
        case "GitHub":
            return "::endgroup::"
        case "GitLab":
            return f"\x1b[0Ksection_end:{now}:reconciler\r\x1b[0K"
        case _:
            return ""
