"""Patterns and schemas of a manifest, which may come from a pull request: bounded in time and size.

Both are left to one engine, whose patterns take linear time whatever they say: it has no lookaround
and no references, so nothing in it backtracks. Nothing is ever fetched for a `$ref`.
"""

from functools import lru_cache
from typing import Any

import msgspec

from reconciler.errors import UsageError

PATTERN_BYTES = 1_000_000
"""Of memory that one compiled pattern may take."""

TEXT_LIMIT = 1_000_000
"""Characters of an answer that are looked at."""


class NotBounded(ValueError):
    """A pattern or a schema that the engine does not take; the sentence says why."""


def is_found(pattern: str, text: str) -> bool:
    """Whether a pattern is found in a text; raises NotBounded."""
    schema = msgspec.json.encode({"type": "string", "pattern": pattern})
    # An endpoint may escape half of a surrogate pair, which the engine's text cannot have.
    shown = text[:TEXT_LIMIT].encode(errors="replace").decode()
    return bool(_validator(schema).is_valid(shown))


def is_valid(schema: dict[str, Any], value: Any) -> bool:  # noqa: ANN401  # any JSON value
    """Whether a schema takes a JSON value; raises NotBounded."""
    return bool(_validator(msgspec.json.encode(schema)).is_valid(value))


@lru_cache(maxsize=256)
def _validator(schema: bytes) -> Any:  # noqa: ANN401  # the engine's own
    try:
        import jsonschema_rs  # noqa: PLC0415  # 0.1 s, and only checks need it
    except ImportError as error:
        raise UsageError(
            "the checks extra is not installed",
            why="regex and json_schema of checks need jsonschema-rs",
            cure='pip install "finetune-reconciler[checks]"',
        ) from error
    options = jsonschema_rs.RegexOptions(size_limit=PATTERN_BYTES, dfa_size_limit=PATTERN_BYTES)
    try:
        return jsonschema_rs.validator_for(
            msgspec.json.decode(schema),
            pattern_options=options,
            offline=True,
            validate_formats=False,
        )
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        raise NotBounded(str(error).partition("\n")[0][:200]) from error
