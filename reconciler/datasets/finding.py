"""What the rules say about one row: words that name keys and places, never its data."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from msgspec import Struct

Place = tuple[str | int, ...]
"""Where in a row: keys and indexes from 0; a last key stands for the key itself."""

LONGEST_NAME = 40
"""Characters shown of a name that stands in a dataset."""

LATE = "the API fails the job after it is queued"


EXAMPLE = "{n}"
"""Stands in a quote for the number of the example, from 1, that only the whole file tells."""

Value = Mapping[str, Any]
"""The JSON object of a row."""


Format = Literal["chat", "dpo", "reinforcement", "completion", "unknown"]
"""What a row, or most rows of a file, are made for."""


class Row(NamedTuple):
    """One example.

    Attributes:
        value: its JSON object.
        format: that of this row by its keys; reinforcement and chat may be told apart wrongly.
        line: the number of its line, from 1.
        data: the line's bytes, without its newline.
        said: those without the base64 of its images; `data` itself where it has none.
    """

    value: Value
    format: Format
    line: int
    data: bytes
    said: bytes


class Finding(Struct, frozen=True):
    """One thing wrong with a row; `quote` is the API's own recorded wording, where it is known."""

    code: str
    what: str
    at: Place = ()
    why: str = LATE
    quote: str = ""
    cure: str = ""

    def reason(self, example: int) -> str:
        """Why it matters, with the API's words about the example of this number below."""
        quote = self.quote.replace(EXAMPLE, str(example), 1)
        return f'{self.why}:\n"{quote}"' if quote else self.why


Findings = Iterator[Finding]


def shown(name: object) -> str:
    """A key or a role from a dataset, fit for a terminal: cut and escaped."""
    if not isinstance(name, str):
        return f"a {type(name).__name__}"
    cut = name if len(name) <= LONGEST_NAME else name[:LONGEST_NAME] + "…"
    return '"' + "".join(c if c.isprintable() else _escaped(c) for c in cut) + '"'


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()


def extra_keys(
    value: Value, known: frozenset[str], cures: Mapping[str, str], at: Place = ()
) -> Findings:
    """The keys that the API does not know; `cures` for those with a better cure than to go."""
    for key in [key for key in value if key not in known]:
        yield Finding(
            "extra-key",
            f"unknown key {shown(key)}",
            at=(*at, key),
            quote=f"Invalid file format. Example {EXAMPLE} contains an extra {shown(key)}.",
            cure=cures.get(key, "remove it; known are " + ", ".join(sorted(known))),
        )


def missing_key(key: str, cure: str) -> Finding:
    """A key that the format needs is not there."""
    return Finding(
        "missing-key",
        f"the example has no {shown(key)}",
        quote=f"Invalid file format. Example {EXAMPLE} is missing key '{key}'.",
        cure=cure,
    )
