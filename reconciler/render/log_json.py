"""What is said on stderr as JSON Lines: a record for each thing that is said, with its parts."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

LEVELS = {"error": "error", "warning": "warning", "note": "info", "next": "info", "digest": "info"}
"""First word of a line → level; whatever else is said is `info`."""

_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_PLACED = re.compile(r"(?P<place>\S+:\d+:\d+): (?P<level>error|warning): (?P<what>.*)")
_HEADED = re.compile(rf"(?P<level>{'|'.join(LEVELS)}): (?P<what>.*)")
_PART = re.compile(r" +(?P<label>where|why|cure): +(?P<text>.*)")


def log_records(lines: Iterable[str], now: str) -> Iterator[dict[str, Any]]:
    """A record a paragraph: time, level, message, and the parts of an error below its line.

    Args:
        lines: as a person would read them; those that are indented belong to the one above.
        now: ISO 8601, UTC.
    """
    record: dict[str, Any] = {}
    label = ""
    for line in (_COLOUR.sub("", each) for text in lines for each in text.split("\n")):
        if part := _PART.fullmatch(line):
            label = part["label"]
            record[label] = part["text"]
        elif record and line.startswith("         ") and label in record:
            record[label] += f" {line.strip()}"  # a part that goes on
        elif line.strip():
            if record:
                yield record
            record, label = {"time": now, **_headed(line.strip())}, ""
    if record:
        yield record


def _headed(line: str) -> dict[str, str]:
    if placed := _PLACED.fullmatch(line):
        return {"level": placed["level"], "message": placed["what"], "place": placed["place"]}
    if found := _HEADED.fullmatch(line):
        kind = {"kind": found["level"]} if found["level"] not in ("error", "warning") else {}
        return {"level": LEVELS[found["level"]], "message": found["what"], **kind}
    return {"level": "info", "message": line}
