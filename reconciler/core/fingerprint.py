"""What a resource is, as one short string: equal specs have equal fingerprints, and only they.

Canonical JSON: sorted keys, NFC strings, numbers in one form (1.0 is 1), members that are unset or
an empty object omitted.
"""

import hashlib
import json
import re
import unicodedata
from typing import Any

import msgspec

VERSION = "v1"

_FINGERPRINT = re.compile(rf"{VERSION}:[0-9a-f]{{64}}")
_UNSET: tuple[object, ...] = (None, {})
_LONG_FLOAT = rb"-?[0-9]+(?:e|\.(?![0-9]{0,3}[1-9][,\]}]))"
"""Floats but the short ones, such as 0.25, which every writer writes alike; whole ones, too."""
_MEMBER, _ITEM = re.compile(rb":" + _LONG_FLOAT), re.compile(rb"[,\[]" + _LONG_FLOAT)
"""As a member of an object, and as an item of an array: that one is sought where there is any."""
_QUICK = msgspec.json.Encoder(order="sorted")
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


def canonical_json(value: Any) -> bytes:  # noqa: ANN401
    """Canonical JSON text; raises ValueError for NaN and infinities."""
    # Most specs are canonical as they are, and to see that is far faster than to make it so.
    if isinstance(value, dict):
        try:
            text = _QUICK.encode(value)
        except (TypeError, ValueError):  # what the fast writer cannot write
            text = b"null"
        if _is_canonical(text):
            return text
    return _WRITER.encode(canonical(value)).encode("utf-8", "surrogatepass")


def _is_canonical(text: bytes) -> bool:
    """Whether an object in JSON certainly has one spelling; what may be in a text counts, too."""
    is_set = b"null" not in text and b"{}" not in text
    is_short = not _MEMBER.search(text) and (b"[" not in text or not _ITEM.search(text))
    return is_set and text.isascii() and is_short


def fingerprint(spec: Any) -> str:  # noqa: ANN401
    """`v1:` and the SHA-256 of the spec's canonical JSON, 64 hex digits."""
    return f"{VERSION}:{hashlib.sha256(canonical_json(spec)).hexdigest()}"


def is_fingerprint(value: object) -> bool:
    """Whether a value of a spec stands for another resource."""
    return isinstance(value, str) and _FINGERPRINT.fullmatch(value) is not None
