"""What a channel needs: places for its projects, and what the commands there said."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from tests.support.cli import Project, Said, project
from tests.support.distorted import served
from tests.support.scripted import Act, Scripted

Attacks: TypeAlias = Sequence[str]

AT_A_TERMINAL = ("at a terminal",)
"""Stands for the command of what a person saw there; no CI system reads it."""


class Tried(NamedTuple):
    """A command and what it said."""

    command: tuple[str, ...]
    said: Said


Shown: TypeAlias = Iterator[Tried]


def tried(made: Project, *arguments: str, **environ: str) -> Tried:
    """Run a command in this process."""
    return Tried(arguments, made.attempt(*arguments, **environ))


@dataclass
class Stage:
    """An empty place for each project that a channel needs."""

    root: Path

    def __post_init__(self) -> None:
        self._numbers = count()

    def project(self, **sections: Any) -> Project:
        """A project of its own."""
        return project(self.root / str(next(self._numbers)), **sections)

    def serves(self, *acts: Act) -> "Served":
        """A project at an endpoint that answers so."""
        return Served(self.project(), Scripted(acts))


@dataclass
class Served:
    """A project whose endpoint is there as long as the context lasts."""

    project: Project
    server: Scripted

    def __enter__(self) -> Project:
        served(self.project, self.server.__enter__().base_url)
        return self.project

    def __exit__(self, *error: object) -> None:
        self.server.__exit__(*error)


def each_way(made: Project, *arguments: str, **environ: str) -> Shown:
    """The command in words, in colour, and as JSON."""
    yield tried(made, *arguments, **environ)
    yield tried(made, "-v", *arguments, FORCE_COLOR="1", **environ)
    yield tried(made, "--json", *arguments, **environ)


def can_be_typed(text: str) -> bool:
    """Whether the system hands it over as an argument."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False
