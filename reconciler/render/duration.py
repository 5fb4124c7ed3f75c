"""Spans of time, for people."""


def spell(seconds: float) -> str:
    """`9m 41s`, `1h 05m`, `3.2s`; whole numbers stay whole: `3s`."""
    if seconds < 60:  # noqa: PLR2004  # a minute
        return f"{seconds}s" if isinstance(seconds, int) else f"{seconds:.1f}s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h {minutes:02}m" if hours else f"{minutes}m {rest:02}s"
