"""What a stream can show: colour, signs, columns, and whether anybody takes it now."""

import os
import select
from typing import Any, TextIO

from reconciler.text import inert_json


def columns_of(stream: TextIO) -> int | None:
    """How wide the terminal is that shows a stream; None where lines stay whole."""
    if not stream.isatty():
        return None
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told):
        return int(told)
    try:
        return os.get_terminal_size(stream.fileno()).columns or None
    except (OSError, ValueError):
        return None


def can_take(stream: TextIO) -> bool:
    """Whether a line can be written to a stream without waiting for whoever reads it."""
    try:
        return bool(select.select([], [stream], [], 0)[1])
    except (OSError, ValueError):  # it is no file: nobody to wait for
        return True


def use_color(stream: TextIO, *, no_color: bool) -> bool:
    """NO_COLOR and --no-color forbid, FORCE_COLOR demands, else a terminal that is not dumb."""
    if no_color or os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def _is_utf8(encoding: str | None) -> bool:
    return (encoding or "utf-8").lower().replace("-", "") == "utf8"


def json_text(value: Any, encoding: str | None, indent: int | None = None) -> str:  # noqa: ANN401  # any JSON value
    """Any JSON value as text: the same value whatever the output's encoding, and inert."""
    import json  # noqa: PLC0415  # only where it is asked for

    text = json.dumps(value, indent=indent, ensure_ascii=not _is_utf8(encoding))
    return inert_json(text)


def fitted(line: str, encoding: str | None) -> str:
    """The line with plain signs where the output is not UTF-8."""
    if _is_utf8(encoding):
        return line
    from reconciler.render.glyphs import plain  # noqa: PLC0415  # rare

    return plain(line).encode(encoding or "ascii", "replace").decode(encoding or "ascii")
