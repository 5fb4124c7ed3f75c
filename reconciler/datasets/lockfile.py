"""`reconciler.lock.yaml`: the datasets that were reviewed, committed beside the manifest.

A line a dataset, sorted by path, so that a pull request shows what changed in data that live
elsewhere, and two branches seldom meet. Each line is JSON as well as YAML.
"""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from reconciler.errors import InvalidInput, Problem
from reconciler.regular import NotRegular, open_regular

NAME = "reconciler.lock.yaml"

LARGEST = 16 << 20
"""Bytes: 100,000 datasets."""

_HEAD = """\
# The data that were reviewed: written by `reconciler validate --lock`, held by --locked.
# version: 1
"""


class Locked(NamedTuple):
    """What was reviewed of a dataset: its digest; rows and tokens are for people."""

    sha256: str
    rows: int | None = None
    tokens: int | None = None
    counted: str = ""


def lock_text(datasets: Mapping[str, Locked]) -> str:
    """The file of these datasets, by path as the manifest spells it."""
    lines = (f"{_json(path)}: {_json(_told(found))}\n" for path, found in sorted(datasets.items()))
    return _HEAD + "".join(lines)


def _told(found: Locked) -> dict[str, Any]:
    return {name: value for name, value in found._asdict().items() if value not in (None, "")}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def write_lock(folder: Path, datasets: Mapping[str, Locked]) -> None:
    """Write it, whole or not at all."""
    draft = folder / f"{NAME}.tmp-{secrets.token_hex(4)}"
    try:
        draft.write_text(lock_text(datasets), "utf-8")
        draft.replace(folder / NAME)
    finally:
        draft.unlink(missing_ok=True)


def read_lock(folder: Path) -> Mapping[str, Locked]:
    """What is locked, by path.

    Raises:
        InvalidInput: there is no such file, or a line of it is none of ours.
    """
    try:
        with open(open_regular(folder / NAME), encoding="utf-8") as file:  # noqa: PTH123 - a descriptor
            text = file.read(LARGEST)
    except (OSError, NotRegular) as error:
        why = os.strerror(error.errno or 0)
        raise _unreadable(f"no {NAME} that can be read", why) from error
    except UnicodeDecodeError as error:
        raise _unreadable(f"{NAME} is not UTF-8", "") from error
    found: dict[str, Locked] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if _is_told(line):
            path, locked = _entry(line, number)
            if path in found:  # a merge kept the lines of both sides: which one was reviewed?
                raise _unreadable(f"line {number} of {NAME} is of {path} again", "")
            found[path] = locked
    return found


def _is_told(line: str) -> bool:
    return bool(line.strip()) and not line.startswith("#")


def _entry(line: str, number: int) -> tuple[str, Locked]:
    try:
        ((path, told),) = json.loads(f"{{{line}}}").items()
        found = Locked(**told)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise _unreadable(f"line {number} of {NAME} is none of ours", "") from error
    if not isinstance(found.sha256, str):
        raise _unreadable(f"line {number} of {NAME} has no digest", "")
    return path, found


def _unreadable(what: str, why: str) -> InvalidInput:
    cure = "reconciler validate --lock writes it; commit it"
    return InvalidInput([Problem(what, code="bad-lock", where=NAME, why=why, cure=cure)])
