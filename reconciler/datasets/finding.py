"""What the rules say about one row: words that name keys and places, never its data."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Place = tuple[str | int, ...]
"""Where in a row: keys and indexes from 0; a last key stands for the key itself."""

LONGEST_NAME = 40
"""Characters shown of a name that stands in a dataset."""

LATE = "the API fails the job after it is queued"


@dataclass(frozen=True, slots=True)
class Row:
    """One example: its number among the examples of the file, from 1, and its JSON object."""

    example: int
    value: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with a row; `quote` is the API's own recorded wording, where it is known."""

    code: str
    what: str
    at: Place = ()
    why: str = LATE
    quote: str = ""
    cure: str = ""
    severity: Literal["error", "warning"] = "error"

    @property
    def reason(self) -> str:
        """Why it matters, with the API's words below."""
        return f'{self.why}:\n"{self.quote}"' if self.quote else self.why


Findings = Iterator[Finding]


def shown(name: object) -> str:
    """A key or a role from a dataset, fit for a terminal: cut and escaped."""
    if not isinstance(name, str):
        return f"a {type(name).__name__}"
    cut = name if len(name) <= LONGEST_NAME else name[:LONGEST_NAME] + "…"
    return '"' + "".join(c if c.isprintable() else _escaped(c) for c in cut) + '"'


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()


def extra_keys(row: Row, known: frozenset[str], cures: Mapping[str, str]) -> Findings:
    """The keys that the API does not know; `cures` for those with a better cure than to go."""
    for key in row.value.keys() - known:
        yield Finding(
            "extra-key",
            f"unknown key {shown(key)}",
            at=(key,),
            quote=f"Invalid file format. Example {row.example} contains an extra {shown(key)}.",
            cure=cures.get(key, "remove it; known are " + ", ".join(sorted(known))),
        )


def missing_key(row: Row, key: str, cure: str) -> Finding:
    """A key that the format needs is not there."""
    return Finding(
        "missing-key",
        f"the example has no {shown(key)}",
        quote=f"Invalid file format. Example {row.example} is missing key '{key}'.",
        cure=cure,
    )
