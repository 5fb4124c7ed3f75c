"""What a resource is, as one short string: equal specs have equal fingerprints, and only they.

Canonical JSON: sorted keys, NFC strings, numbers in one form (1.0 is 1), members that are unset or
an empty object omitted.
"""

import hashlib
import json
import unicodedata
from typing import Any

VERSION = "v1"


def canonical(value: Any) -> Any:  # noqa: ANN401  # any JSON value
    """The value with one spelling: NFC text, whole floats as ints, nothing that is unset."""
    match value:
        case str():
            return unicodedata.normalize("NFC", value)
        case float() if value.is_integer():
            return int(value)
        case dict():
            members = ((canonical(key), canonical(member)) for key, member in value.items())
            return {key: member for key, member in members if member is not None and member != {}}
        case list() | tuple():
            return [canonical(item) for item in value]
        case _:
            return value


def canonical_json(value: Any) -> str:  # noqa: ANN401
    """Canonical JSON text; raises ValueError for NaN and infinities."""
    return json.dumps(
        canonical(value),
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    )


def fingerprint(spec: Any) -> str:  # noqa: ANN401
    """`v1:` and the SHA-256 of the spec's canonical JSON, 64 hex digits."""
    text = canonical_json(spec).encode("utf-8", "surrogatepass")
    return f"{VERSION}:{hashlib.sha256(text).hexdigest()}"
