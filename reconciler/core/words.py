"""Values as people read them; pure, and the same wherever they stand."""

from datetime import UTC, datetime


def day(seconds: int) -> str:
    """A date, UTC: `2026-11-20`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")


def clock(seconds: int) -> str:
    """A time of day, UTC: `14:07:09Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M:%SZ")


def span(seconds: int) -> str:
    """A time, in its two largest units: `2m 10s`, `5m`, `1h 30m`."""
    hours, rest = divmod(seconds, 3600)
    parts = {"h": hours, "m": rest // 60, "s": 0 if hours else rest % 60}
    return " ".join(f"{count}{unit}" for unit, count in parts.items() if count) or "0s"


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
