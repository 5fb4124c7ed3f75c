"""Values as people read them; pure, and the same wherever they stand."""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

NAMED = 3
"""So many of a list are named; of more the number is told."""

LONG = 60
"""Characters of a value that are shown whole."""

CENT = Decimal("0.01")

TRAINS_AGAIN = "trains again"
"""Said where a run that was paid for before is paid for once more."""

_DIGEST = re.compile(r"(v1:)?[0-9a-f]{64}")


def day(seconds: int) -> str:
    """A date, UTC: `2026-11-20`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")


def clock(seconds: int) -> str:
    """A time of day, UTC: `14:07:09Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M:%SZ")


def when(seconds: object, *, to: Literal["minutes", "seconds"] = "minutes") -> str:
    """A point in time, UTC: `2026-11-20 14:02Z`; empty where it is not known, or is none."""
    try:
        moment = datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) else None
    except (ValueError, OverflowError, OSError):  # of a year that has no calendar
        moment = None
    if moment is None:
        return ""
    return f"{moment.replace(tzinfo=None).isoformat(' ', to)}Z"


def span(seconds: int) -> str:
    """A time, in its two largest units: `2m 10s`, `5m`, `1h 30m`."""
    hours, rest = divmod(seconds, 3600)
    parts = {"h": hours, "m": rest // 60, "s": 0 if hours else rest % 60}
    return " ".join(f"{count}{unit}" for unit, count in parts.items() if count) or "0s"


def exact(seconds: int) -> str:
    """A time as it can be typed, in the largest unit that says it exactly: `30d`, `90m`, `45s`."""
    units = {86_400: "d", 3600: "h", 60: "m", 1: "s"}
    return next(f"{seconds // size}{unit}" for size, unit in units.items() if seconds % size == 0)


def short(digest: str) -> str:
    """The first eight characters of a digest."""
    return digest.removeprefix("v1:")[:8]


def size(count: int) -> str:
    """Bytes in decimal units: `310 KB`, `3.1 MB`."""
    amount, unit = float(count), "B"
    for larger in ("KB", "MB", "GB", "TB"):
        if amount < 999.5:  # noqa: PLR2004  # what still rounds to less than a thousand
            break
        amount, unit = amount / 1000, larger
    digits = 1 if unit != "B" and amount < 9.95 else 0  # noqa: PLR2004  # two figures
    return f"{amount:.{digits}f} {unit}"


def roughly(count: int) -> int:
    """A number that is only about right, to its first two figures: 38,212 is 38,000."""
    return round(count, 2 - len(str(count)))


def usd(amount: Decimal) -> str:
    """Money: `$11.80`, `$1,180.00`; a cent at the least, and `$0` for nothing."""
    return f"${max(amount, CENT):,.2f}" if amount else "$0"


def whole_usd(amount: Decimal) -> str:
    """The same without cents where there are none: `$50`, `$388.20`."""
    return usd(amount).removesuffix(".00")


def value(shown: object) -> str:
    """A value of a spec: as YAML writes it, digests short, `unset` for nothing."""
    if shown is None:
        return "unset"
    if isinstance(shown, str):
        return short(shown) if _DIGEST.fullmatch(shown) else shown
    return json.dumps(shown, ensure_ascii=False)


def change(before: object, after: object) -> tuple[str, str]:
    """Two values side by side; of long ones the piece in which they begin to differ."""
    was, becomes = value(before), value(after)
    if len(was) <= LONG and len(becomes) <= LONG:
        return was, becomes
    same = next(
        (i for i, (a, b) in enumerate(zip(was, becomes, strict=False)) if a != b),
        min(len(was), len(becomes)),
    )
    start = max(0, same - LONG // 2)
    return _piece(was, start), _piece(becomes, start)


def _piece(text: str, start: int) -> str:
    head = "…" if start and len(text) > LONG else ""
    piece = text[start : start + LONG] if len(text) > LONG else text
    return f"{head}{piece}{'…' if len(text) > start + LONG else ''}"


def listed(names: Sequence[object], most: int = NAMED) -> str:
    """`jobs.a, jobs.b, jobs.c and 7 more`."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(str, names[:most])) + more
