"""Text that looks like a key: a manifest is committed and reviewed, so it must hold none.

The patterns start with a literal, which `re` finds at memory speed, and cannot backtrack far:
they run over the whole manifest, comments included.
"""

import re
from collections.abc import Iterator

_PATTERNS = {
    "an API key": re.compile(r"sk-(?<![\w-]sk-)[A-Za-z0-9_-]{0,64}?[A-Za-z0-9]{16}"),
    "an AWS access key": re.compile(r"AKIA(?<![A-Z0-9]AKIA)[A-Z0-9]{16}(?![A-Z0-9])"),
    "a PEM block": re.compile(r"-----BEGIN [A-Z0-9 ]{1,40}-----"),
    "a password in a URL": re.compile(r"://[^/\s:@]{0,256}:[^/\s@]{1,1024}@"),
}


def secrets(text: str) -> Iterator[tuple[int, str]]:
    """Where something that looks like a secret begins, and what it looks like; never the text."""
    for what, pattern in _PATTERNS.items():
        for match in pattern.finditer(text):
            yield match.start(), what


def is_secret(text: str) -> bool:
    """Whether `text` must not be shown."""
    return any(pattern.search(text) for pattern in _PATTERNS.values())
