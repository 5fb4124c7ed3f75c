"""A dataset, and what a scan found of it: values, so that whoever has them needs no scanner."""

from collections import Counter
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from reconciler.datasets.encodings import Tokens
from reconciler.datasets.examples import Examples
from reconciler.datasets.finding import Format
from reconciler.errors import Problem
from reconciler.rules import RULES
from reconciler.rules.rule import Severity
from reconciler.sources import Source


class Scan(Struct, frozen=True):
    """What is known of a dataset.

    Attributes:
        sha256: of its bytes, in hex.
        bytes: its size.
        rows: examples, blank lines not counted; 0 when the purpose has no rules.
        format: of most rows; `unknown` when no row tells, or the purpose has no rules.
        problems: the first 1,000 by line, errors before warnings; `more` counts the rest of each.
        tokens: of one pass of training; nothing when the purpose has no rules.
        keys: of examples for reinforcement, with the number of those that have it.
        prompt: a digest of the system prompt of nearly all examples; empty where there is none.
        examples: their digests, where they are to be compared with another file's.
        roles, tools: the names of who speaks and of what can be called; of a fresh scan alone.
    """

    sha256: str
    bytes: int
    rows: int = 0
    format: Format = "unknown"
    problems: tuple[Problem, ...] = ()
    more: Mapping[Severity, int] = {}
    tokens: Tokens = Tokens()
    keys: Mapping[str, int] = {}
    prompt: str = ""
    examples: Examples | None = None
    roles: frozenset[str] = frozenset()
    tools: frozenset[str] = frozenset()


def shortened(scan: Scan, most: int) -> Scan:
    """The scan with so many problems of its form at most, errors before warnings.

    What the data teach is told once a file, and never left out: the manifest may deny it.
    """
    form = [problem for problem in scan.problems if not RULES[problem.code].is_quality]
    if len(form) <= most:
        return scan
    worst = sorted(range(len(form)), key=lambda place: form[place].severity != "error")
    left = Counter(form[place].severity for place in worst[most:])
    told = [form[place] for place in sorted(worst[:most])]
    quality = (problem for problem in scan.problems if RULES[problem.code].is_quality)
    return replace(scan, problems=(*told, *quality), more=left + Counter(scan.more))


class Dataset(Struct, frozen=True):
    """A file to scan.

    Attributes:
        source: where it is; whether it may be read at all is settled before.
        shown: its name in findings, as the manifest writes it.
        purpose: the API's purpose of it; rules are known for `fine-tune` alone.
        encodings: to count its tokens with; without one they are estimated.
        is_compared: with another dataset, so that its examples are kept.
    """

    source: Source
    shown: str
    purpose: str = "fine-tune"
    encodings: tuple[str, ...] = ()
    is_compared: bool = False
