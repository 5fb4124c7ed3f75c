"""The state in an object store is a log of small objects, and its documents beside it.

Every write creates the object of the next number, and a store creates an object once: so of two
writers at one position one fails, and no two hold the lock. Pure: what the records say is here, how
they come and go is in `backend.py`.

Whoever lost the lock while it lives (`unlock`) finds the next number taken, by the record that took
its lock away. That record is never removed: the number stays taken for ever, however late it comes.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

from msgspec import Struct, field, to_builtins

from reconciler.backends.holder import Holder

FOLDER = "log/"
_DIGITS = 16

Kind = Literal["lock", "release", "unlock", "checkpoint", "aside"]
HEADS = get_args(Kind)

Said = Mapping[str, Any]
"""The first line of a record, as JSON."""


class Head(Struct, frozen=True):
    """What every record but a line says of the whole, so that those before it may go.

    Attributes:
        document: the key of the document that counts; empty where there is none.
        since: the number from which on lines follow that document.
    """

    epoch: int = 0
    holder: Holder | None = None
    document: str = ""
    serial: int = 0
    since: int = 1


class Log(Struct, frozen=True):
    """What the records say together.

    Attributes:
        last: the highest number; 0 where nothing was ever written.
        following: the numbers of the records with `lines`.
        spent: the numbers of records that are needless once another head was written. None of them
            is one that cannot be read, and of a damaged log none is needless.
        damage: what cannot be read of it, in words; empty where all can.
    """

    last: int = 0
    head: Head = field(default_factory=Head)
    lines: tuple[bytes, ...] = ()
    following: tuple[int, ...] = ()
    spent: tuple[int, ...] = ()
    damage: str = ""


def key_of(number: int) -> str:
    """The name of a record; names sort as numbers do."""
    return f"{FOLDER}{number:0{_DIGITS}}"


def number_of(key: str) -> int | None:
    """The number in the name of a record; None for the name of something else."""
    number = key.removeprefix(FOLDER)
    return int(number) if key.startswith(FOLDER) and number.isdecimal() else None


def head_record(kind: Kind, head: Head) -> bytes:
    """The bytes of a record; no two are equal, so each is known again by whoever wrote it."""
    return json.dumps({"kind": kind, "id": str(uuid.uuid4()), "head": to_builtins(head)}).encode()


def line_record(line: bytes, nth: int, epoch: int) -> bytes:
    """The record of the journal's line number `nth`, from 0."""
    said = {"kind": "line", "id": str(uuid.uuid4()), "nth": nth, "epoch": epoch}
    return json.dumps(said).encode() + b"\n" + line


def read_log(records: Mapping[int, bytes]) -> Log:
    """What the records of these numbers say."""
    found = {number: _said(records[number]) for number in sorted(records)}
    heads = {number: head for number, said in found.items() if (head := _head(said))}
    last = max(heads, default=0)
    head = heads.get(last, Head())
    following = [n for n, said in found.items() if said["kind"] == "line" and n >= head.since]
    lines, damage = _lines({number: (found[number], records[number]) for number in following})
    # One before `since` is needless whatever it said: the document that counts has it.
    for number in [n for n, said in found.items() if not said["kind"] and n >= head.since]:
        damage = f"record {number} of its log is damaged"
    spent = [] if damage else [n for n, said in found.items() if _is_spent(said, n, following)]
    return Log(max(found, default=0), head, lines, tuple(following), tuple(spent), damage)


def _is_spent(said: Said, number: int, following: Sequence[int]) -> bool:
    """What cannot be read may have broken a lock, so its number stays taken, too."""
    return said["kind"] not in ("", "unlock") and number not in following


def _lines(found: Mapping[int, tuple[Said, bytes]]) -> tuple[tuple[bytes, ...], str]:
    """The journal, and what is wrong with it.

    A line that came late, when its holder had given it up, makes room for what was written without
    it: of two lines at one place the later one counts.
    """
    lines: list[bytes] = []
    for number, (said, data) in found.items():
        nth = said.get("nth")
        if type(nth) is not int or not 0 <= nth <= len(lines):
            return tuple(lines), f"line {len(lines) + 1} of its journal is missing at {number}"
        lines[nth:] = [data.partition(b"\n")[2]]
    return tuple(lines), ""


def _said(record: bytes) -> Said:
    """What a record says of itself; of kind "" where it cannot be read."""
    try:
        said: Said = json.loads(record.partition(b"\n")[0])
        if said["kind"] == "line" or _head(said):
            return said
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    return {"kind": ""}


def _head(said: Said) -> Head | None:
    """The head in a record; None where it has none."""
    if said["kind"] not in HEADS:
        return None
    try:
        head = Head(**{**said["head"], "holder": Holder.from_value(said["head"]["holder"])})
    except (TypeError, KeyError):
        return None
    counts = (head.epoch, head.serial, head.since)
    return head if all(type(count) is int for count in counts) else None
