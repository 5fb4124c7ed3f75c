"""Reading one field of a request: the right type and range, or the API's own 400."""

import json
import math
from collections.abc import Collection, Mapping
from typing import Any, NoReturn

from reconciler.sandbox.envelope import Rejected

MAX_DEPTH = 64
_NAMES = {
    type(None): "null",
    bool: "a boolean",
    str: "a string",
    int: "an integer",
    float: "a decimal",
    list: "an array",
    dict: "an object",
}
_UNPARSED = (
    "We could not parse the JSON body of your request. (HINT: This likely means you aren't using"
    " your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was"
    " not valid JSON.)"
)


def json_object(raw: bytes) -> dict[str, Any]:
    """The JSON object of a request body.

    Raises:
        Rejected: 400 for anything that is not strict JSON: NaN, a lone surrogate, too deep.
    """
    try:
        value = json.loads(raw.decode(), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Rejected(_UNPARSED) from error
    _check_shape(value)
    if not isinstance(value, dict):
        raise Rejected(f"Invalid type for the body: expected an object, got {_NAMES[type(value)]}.")
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _check_shape(value: object) -> None:
    """Bound the depth and refuse strings that no database could hold as UTF-8."""
    level = [value]
    for _ in range(MAX_DEPTH):
        if not level:
            return
        level = [inner for outer in level for inner in _parts(outer)]
    raise Rejected(_UNPARSED)


def _parts(value: object) -> Collection[object]:
    match value:
        case str():
            _check_text(value)
        case list():
            return value
        case dict():
            return [*value, *value.values()]
        case float() if not math.isfinite(value):
            raise Rejected(_UNPARSED)
    return ()


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Rejected(_UNPARSED) from error


def required(body: Mapping[str, Any], name: str, inside: str = "") -> Any:  # noqa: ANN401 - JSON
    """A field that must be there; `inside` is the dotted path of its object."""
    path = f"{inside}.{name}" if inside else name
    if name not in body:
        raise Rejected(
            f"Missing required parameter: '{path}'.", param=path, code="missing_required_parameter"
        )
    return body[name]


def wrong_type(name: str, expected: str, value: object) -> Rejected:
    """400 for a value of another type."""
    return Rejected(
        f"Invalid type for '{name}': expected {expected}, but got {_NAMES[type(value)]} instead.",
        param=name,
        code="invalid_type",
    )


def mapping(value: object, name: str) -> dict[str, Any]:
    """An object."""
    if not isinstance(value, dict):
        raise wrong_type(name, "an object", value)
    return value


def array(value: object, name: str, *, least: int = 0, most: int | None = None) -> list[Any]:
    """An array of a bounded length."""
    if not isinstance(value, list):
        raise wrong_type(name, "an array", value)
    if len(value) < least:
        raise _too("short", name, f"an array with minimum length {least}", len(value))
    if most is not None and len(value) > most:
        raise _too("long", name, f"an array with maximum length {most}", len(value))
    return value


def string(value: object, name: str, *, least: int = 0, most: int | None = None) -> str:
    """A string of a bounded length in characters."""
    if not isinstance(value, str):
        raise wrong_type(name, "a string", value)
    if len(value) < least:
        raise _too("short", name, f"a string with minimum length {least}", len(value))
    if most is not None and len(value) > most:
        raise _too("long", name, f"a string with maximum length {most}", len(value))
    return value


def _too(what: str, name: str, expected: str, length: int) -> Rejected:
    bound = "below_min_length" if what == "short" else "above_max_length"
    noun = expected.split()[1]
    return Rejected(
        f"Invalid '{name}': {noun} too {what}. Expected {expected},"
        f" but got one with length {length} instead.",
        param=name,
        code=f"{noun}_{bound}",
    )


def choice(value: object, name: str, choices: Collection[str]) -> str:
    """One of a closed set of strings."""
    text = string(value, name)
    if text not in choices:
        supported = ", ".join(f"'{each}'" for each in choices)
        raise Rejected(
            f"Invalid value: '{text}'. Supported values are: {supported}.",
            param=name,
            code="invalid_value",
        )
    return text


def boolean(value: object, name: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise wrong_type(name, "a boolean", value)
    return value


def integer(value: object, name: str, *, least: int, most: int) -> int:
    """A whole number in a closed range; 3.0 is 3, as in JSON."""
    whole = int(value) if isinstance(value, float) and value.is_integer() else value
    if not isinstance(whole, int) or isinstance(whole, bool):
        raise wrong_type(name, "an integer", value)
    return int(_in_range(whole, name, least=least, most=most, above=None))


def number(
    value: object,
    name: str,
    *,
    above: float | None = None,
    least: float | None = None,
    most: float | None = None,
) -> float:
    """A number in a range; `above` is an exclusive lower bound."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise wrong_type(name, "a decimal", value)
    return _in_range(value, name, least=least, most=most, above=above)


def _in_range(
    value: float, name: str, *, least: float | None, most: float | None, above: float | None
) -> float:
    if above is not None and value <= above:
        raise _outside("below", name, f"> {above}", value)
    if least is not None and value < least:
        raise _outside("below", name, f">= {least}", value)
    if most is not None and value > most:
        raise _outside("above", name, f"<= {most}", value)
    return value


def _outside(side: str, name: str, expected: str, value: float) -> Rejected:
    noun = "integer" if isinstance(value, int) else "decimal"
    bound = "minimum" if side == "below" else "maximum"
    shown = value if abs(value) < 10**18 else "a very large number"
    return Rejected(
        f"Invalid '{name}': {noun} {side} {bound} value. Expected a value {expected},"
        f" but got {shown} instead.",
        param=name,
        code=f"{noun}_{side}_{bound[:3]}_value",
    )


def known(given: Mapping[str, object], names: Collection[str], path: str = "") -> None:
    """Refuse an object that has a field of another name."""
    for name in given:
        if name not in names:
            shown = f"{path}.{name}" if path else name
            raise Rejected(f"Unknown parameter: '{shown}'.", param=shown, code="unknown_parameter")
