"""The user's name for a thing: `jobs.support-bot`. Never the API's id."""

import re
from typing import NamedTuple, Self

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
"""A project's, an environment's or a resource's name: no dot, so that addresses parse one way."""


class Address(NamedTuple):
    """A kind and a name within it; ordered by kind, then name."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}.{self.name}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The address written as `kind.name`; raises ValueError where there is no dot."""
        kind, dot, name = text.partition(".")
        if not (kind and dot and name):
            raise ValueError(f"{text!r} is not an address: write KIND.NAME, e.g. jobs.support-bot")
        return cls(kind, name)
