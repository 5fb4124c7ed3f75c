"""JSON that reads as it was written: no name twice, no figure rounded, nothing JSON has not."""

import json
from typing import Any, NoReturn

import msgspec

from reconciler.core.formats import Body

UNREADABLE = (
    msgspec.MsgspecError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    RecursionError,
)
"""What parsing and reading raise where the JSON is not a state's."""

_LAYOUT = b" \n"
"""What stands between the tokens of what is written here."""


def written(value: Any) -> bytes:  # noqa: ANN401  # any value of the state
    """JSON of the shortest form, in UTF-8.

    An API may escape a lone surrogate: it may not cost a record.
    """
    try:
        return msgspec.json.encode(value)
    except ValueError:
        return json.dumps(msgspec.to_builtins(value), separators=(",", ":")).encode()


def require_json(value: object) -> None:
    """Raise TypeError for what JSON has not: the writer would make a list of a set, unnoticed."""
    match value:
        case dict():
            for member in value.values():
                require_json(member)
        case list() | tuple():
            for member in value:
                require_json(member)
        case None | str() | int() | float():
            return
        case _:
            raise TypeError(f"{type(value).__name__} has no place in a state")


def parsed(text: bytes) -> Body:
    """A JSON object in which no name stands twice and every number is one."""
    found = _whole(text) or json.loads(text, object_pairs_hook=_unique, parse_constant=_no_number)
    if not isinstance(found, dict):
        raise TypeError("it is no JSON object")
    return found


def _whole(text: bytes) -> Any:  # noqa: ANN401  # JSON
    """What the fast reader finds, if writing it gives the text again but for its layout.

    So nothing was dropped, as the first of two equal names is, and nothing rounded. None: it is
    for the slow reader to say.
    """
    try:
        found = msgspec.json.decode(text)
        again = msgspec.json.encode(found)
    except UNREADABLE:  # it cannot read this, or not write it
        return None
    return found if _bare(again) == _bare(text) else None


def _bare(text: bytes) -> bytes:
    """The text without its layout; often there is none, and then it is not copied."""
    has_layout = any(byte in text for byte in _LAYOUT)
    return text.translate(None, _LAYOUT) if has_layout else text


def _unique(pairs: list[tuple[str, Any]]) -> Body:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(n for n in names if names.count(n) > 1)!r} stands twice")
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")
