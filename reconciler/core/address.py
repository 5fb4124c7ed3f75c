"""The user's name for a thing: `jobs.support-bot`. Never the API's id."""

import re
import shlex
from collections.abc import Iterable
from typing import NamedTuple, Self

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
"""A project's, an environment's or a resource's name: no dot, so that addresses parse one way."""

_ADDRESS = re.compile(rf"([a-z_]+)\.({NAME.pattern}(?:\[[A-Za-z0-9._:/@+=,-]+\])?)")
"""In brackets stands which one of a matrix it is. Nothing in it can harm an output."""


class Address(NamedTuple):
    """A kind and a name within it; ordered by kind, then name."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}.{self.name}"

    @property
    def entry(self) -> str:
        """The entry of the manifest: `jobs.sweep` of `jobs.sweep[n_epochs=2]`, too."""
        return str(self).partition("[")[0]

    @property
    def typed(self) -> str:
        """As a shell takes it: `'jobs.sweep[n_epochs=2]'` would be a pattern to it."""
        return shlex.quote(str(self))

    @classmethod
    def parse(cls, text: str) -> Self:
        """The address written as `kind.name`; raises ValueError where it is none."""
        if found := _ADDRESS.fullmatch(text):
            return cls._make(found.groups())
        raise ValueError(f"{text!r} is not an address: write KIND.NAME, e.g. jobs.support-bot")


def members_of(ref: Address, known: Iterable[Address]) -> list[Address]:
    """The addresses that a name stands for: its own, or those of a matrix of that name."""
    opening = f"{ref.name}["
    return [a for a in known if a == ref or (a.kind == ref.kind and a.name.startswith(opening))]
