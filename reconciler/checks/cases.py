"""The cases of a check: JSONL beside the manifest, read whole and bounded."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
from pydantic import ValidationError

from reconciler.errors import Mark, Problem
from reconciler.kinds.spec.checks import Case
from reconciler.no_json import NO_JSON
from reconciler.regular import open_regular

MOST_CASES = 1_000
LARGEST = 4 * 1024 * 1024
"""Bytes of a file of cases."""


class Cases(NamedTuple):
    """The cases of a file, and the digest of its bytes."""

    sha256: str
    cases: tuple[Case, ...]


def read_cases(path: Path, shown: str, *, has_default: bool) -> tuple[Cases, Sequence[Problem]]:
    """The cases of a file, and what is wrong with it.

    Args:
        shown: the manifest's spelling of the path.
        has_default: whether the check says what to expect where a case does not.

    Raises:
        OSError: it cannot be read.
    """
    with open(open_regular(path, 0), "rb") as file:  # noqa: PTH123  # it is open already
        data = file.read(LARGEST + 1)
    lines = data.splitlines()
    problems: list[Problem] = []
    if len(data) > LARGEST or len(lines) > MOST_CASES:
        what = f"{shown} has more than {MOST_CASES:,} cases or 4 MiB"
        problems.append(Problem(what, "too-many-cases", Mark(shown, 1, 1)))
        lines = []
    cases: list[Case] = []
    for number, line in enumerate(lines, 1):
        problems += _read(line, Mark(shown, number, 1), cases, has_default=has_default)
    if not cases and not problems:
        problems.append(Problem(f"{shown} holds no case", "no-cases", Mark(shown, 1, 1)))
    return Cases(hashlib.sha256(data).hexdigest(), tuple(cases)), problems


def _read(line: bytes, mark: Mark, cases: list[Case], *, has_default: bool) -> Iterator[Problem]:
    """One line, added to the cases; or what is wrong with it."""
    if not line.strip():
        return
    try:
        case = Case.model_validate(msgspec.json.decode(line))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the line"
        yield Problem(f"{where} of a case: {first['msg']}", "bad-case", mark)
        return
    except NO_JSON:
        yield Problem("a case is a JSON object on one line", "bad-case", mark)
        return
    if case.expect is None and not has_default:
        cure = "add expect to the line, or to the check"
        yield Problem("this case expects nothing", "bad-case", mark, cure=cure)
        return
    cases.append(case)
