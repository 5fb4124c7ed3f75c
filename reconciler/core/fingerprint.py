"""What a resource is, as one short string: equal specs have equal fingerprints, and only they.

Canonical JSON: sorted keys, NFC strings, numbers in one form (1.0 is 1), members that are unset or
an empty object omitted.
"""

import hashlib
import json
import re
import unicodedata
from contextlib import suppress
from typing import Any

import orjson

VERSION = "v1"

_UNSET: tuple[object, ...] = (None, {})
_RESPELLED = re.compile(
    rb"""
    null | \{\} |                               # members that are unset
    (?: ^ | [:,\[] ) -? [0-9]+                  # floats: those that are whole, and all but the
    (?: e | \. (?! [0-9]{0,3} [1-9] [,\]}] ) )  # short ones, which every writer writes alike
    """,
    re.VERBOSE,
)
"""In JSON text that may have another spelling. Rather too often: in a text such as `a:1.0`."""
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
    # Most specs are canonical as they are, and to see that is ten times faster than to make it so.
    with suppress(TypeError):  # what the fast writer cannot write
        text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
        if text.isascii() and not _RESPELLED.search(text):
            return text
    return _WRITER.encode(canonical(value)).encode("utf-8", "surrogatepass")


def fingerprint(spec: Any) -> str:  # noqa: ANN401
    """`v1:` and the SHA-256 of the spec's canonical JSON, 64 hex digits."""
    return f"{VERSION}:{hashlib.sha256(canonical_json(spec)).hexdigest()}"
