"""JSON for people to read: what fits on a line stands on one."""

import json
from typing import Any

WIDTH = 100
_STEP = "  "


def laid_out(value: Any, indent: str = "", before: int = 0) -> str:  # noqa: ANN401  # any JSON value
    """A JSON value as ASCII text, objects and arrays on one line where they fit.

    Args:
        before: characters that stand on its first line before it, the indent aside.
    """
    line = json.dumps(value)
    if len(indent) + before + len(line) <= WIDTH or not isinstance(value, dict | list) or not value:
        return line
    inner = indent + _STEP
    if isinstance(value, list):
        items = [inner + laid_out(item, inner, 1) for item in value]
    else:
        keys = [f"{json.dumps(key)}: " for key in value]
        pairs = zip(keys, value.values(), strict=True)
        items = [inner + key + laid_out(item, inner, len(key) + 1) for key, item in pairs]
    opens, closes = "[]" if isinstance(value, list) else "{}"
    return "\n".join((opens, ",\n".join(items), indent + closes))
