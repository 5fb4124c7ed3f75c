"""Text of a server, made safe to show: no keys, no control characters, bounded."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.text import visible

# What is looked at; an error page of a gateway can be megabytes.
READ_LIMIT = 10_000
# Shorter "keys" (the sandbox's fixed one) are ordinary words of the text.
SECRET_MINIMUM = 8
# Shorter ones (`no-key-required`) may be part of a name, which must come through as it is.
KEY_MINIMUM = 20

# Prefixed keys, bearer tokens, JSON web tokens, and the API's own masked form (`abc***xyz`).
KEY_LIKE = re.compile(
    r"\b(?:sk|rk|pk|sess)-[\w*.\-]{4,}"
    r"|\bBearer\s+[^\s\"',;]+"
    r"|\beyJ[\w\-]{6,}\.[\w.\-]+"
    r"|[\w\-]{0,64}\*{3,}[\w*\-]{0,256}"
)


def clean(text: str, *, secrets: Iterable[str] = (), limit: int = 300) -> str:
    r"""`text` on one line of at most `limit` characters, safe for a terminal or a log.

    Each of `secrets` and whatever looks like a key becomes `[key]`. Characters that are not
    printable (controls, ANSI escapes, newlines, bidirectional marks, lone surrogates) become
    visible escapes such as `\x1b`.
    """
    shown = text[:READ_LIMIT]
    for secret in secrets:
        if len(secret) >= SECRET_MINIMUM:
            shown = shown.replace(secret, "[key]")
    return _bounded(visible(KEY_LIKE.sub("[key]", shown)), limit)


def keyless(said: Mapping[str, Any]) -> dict[str, Any]:
    """The members of an answer's object, with `[key]` for what looks like a key in their texts."""
    return {
        name: KEY_LIKE.sub("[key]", value) if isinstance(value, str) else value
        for name, value in said.items()
    }


def without_key(body: bytes, key: str) -> bytes:
    """The body of an answer with `[key]` where it repeats a key that nobody has as a word.

    What an endpoint says of a job is recorded in a state that may be committed.
    """
    if len(key) < KEY_MINIMUM:
        return body
    slashed = key.replace("/", "\\/")  # as some writers of JSON escape it
    return body.replace(key.encode(), b"[key]").replace(slashed.encode(), b"[key]")


def _bounded(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
