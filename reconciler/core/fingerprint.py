"""What a resource is, as one short string: equal specs have equal fingerprints, and only they.

Canonical JSON: sorted keys, NFC strings, numbers in one form (1.0 is 1), members that are unset or
an empty object omitted.
"""

import hashlib
import json
import re
import unicodedata
from typing import Any

VERSION = "v1"

_UNSET: tuple[object, ...] = (None, {})
_RESPELLED = re.compile(r"null|\{\}|\.0(?![0-9])|e\+")
"""In JSON text that may have another spelling: unset members, whole floats. Rather too often."""
_WRITER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
)


def canonical(value: Any) -> Any:  # noqa: ANN401  # any JSON value
    """The value with one spelling: NFC text, whole floats as ints, nothing that is unset."""
    match value:
        case str():
            return value if value.isascii() else unicodedata.normalize("NFC", value)
        case float() if value.is_integer():
            return int(value)
        case dict():
            return {
                canonical(key): member
                for key, item in value.items()
                if (member := canonical(item)) not in _UNSET
            }
        case list() | tuple():
            return [canonical(item) for item in value]
        case _:
            return value


def canonical_json(value: Any) -> str:  # noqa: ANN401
    """Canonical JSON text; raises ValueError for NaN and infinities."""
    text = _WRITER.encode(value)
    # Most specs are canonical as they are, and to see that is four times faster than to make it so.
    if text.isascii() and not _RESPELLED.search(text):
        return text
    return _WRITER.encode(canonical(value))


def fingerprint(spec: Any) -> str:  # noqa: ANN401
    """`v1:` and the SHA-256 of the spec's canonical JSON, 64 hex digits."""
    text = canonical_json(spec).encode("utf-8", "surrogatepass")
    return f"{VERSION}:{hashlib.sha256(text).hexdigest()}"
