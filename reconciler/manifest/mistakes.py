"""pydantic's errors → findings in our words: one table by error type, and nothing else of pydantic.

A validator of a spec speaks for itself by `PydanticCustomError(code, "is not …", {"why", "cure"})`:
the message follows the key's path.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from reconciler.manifest.finding import MAX_PROBLEMS, Finding, Path
from reconciler.manifest.tree import BROKEN
from reconciler.manifest.unknown import unknown_key
from reconciler.manifest.wanted import WANTED, wrong_type
from reconciler.manifest.words import did_you_mean, dotted, either, found, nearest, quoted

Keys = Callable[[Path], Collection[str]]
"""The keys that the mapping at a path may have."""

Place = Callable[[Path], Path]
"""The path in the manifest of a path in the value that was validated."""

_UNKNOWN, _MISSING = "extra_forbidden", "missing"
_CHOICES = ("literal_error", "enum", "union_tag_invalid")
_RULES = {
    "greater_than": ("out-of-range", "must be more than {gt}"),
    "greater_than_equal": ("out-of-range", "must be at least {ge}"),
    "less_than": ("out-of-range", "must be less than {lt}"),
    "less_than_equal": ("out-of-range", "must be at most {le}"),
    "multiple_of": ("out-of-range", "must be a multiple of {multiple_of}"),
    "finite_number": ("out-of-range", "must be a finite number"),
    "string_too_short": ("wrong-length", "must have at least {min_length} characters"),
    "string_too_long": ("wrong-length", "must have at most {max_length} characters"),
    "too_short": ("wrong-length", "must have at least {min_length} items"),
    "too_long": ("wrong-length", "must have at most {max_length} items"),
    "string_pattern_mismatch": ("wrong-format", "must match {pattern}"),
}


class _Slip(NamedTuple):
    """One of pydantic's errors, at the key in the manifest that it is about."""

    path: Path
    type: str
    context: Mapping[str, object]
    value: object
    message: str


def mistakes(error: ValidationError, value: object, keys: Keys, place: Place) -> Iterator[Finding]:
    """What is wrong with `value`, at most one finding a key."""
    details = islice(error.errors(include_url=False), MAX_PROBLEMS)
    slips = [slip for detail in details if (slip := _slip(detail, value)).value is not BROKEN]
    missing = {slip.path for slip in slips if slip.type == _MISSING}
    misspelt: set[Path] = set()
    for slip in slips:
        if slip.type == _UNKNOWN:
            *above, key = slip.path
            known = keys(tuple(above))
            meant = (*above, nearest(str(key), known) or "")
            misspelt.add(meant)
            needs = str(meant[-1]) if meant in missing else ""
            yield unknown_key(place(slip.path), known, needs=needs)
    for path, group in _by_path(slips).items():
        if path not in misspelt and group[0].type != _UNKNOWN:
            yield _finding(place(path), group)


def _slip(detail: ErrorDetails, value: object) -> _Slip:
    loc, kind, context = detail["loc"], detail["type"], detail.get("ctx", {})
    found = detail["input"]
    path = _written(loc[:-1], value) + loc[-1:] if kind == _MISSING else _written(loc, value)
    if kind.startswith("union_tag"):
        tag = str(context["discriminator"]).strip("'")
        path = (*path, tag)
        found = BROKEN if isinstance(found, dict) and found.get(tag) is BROKEN else found
    if kind == "union_tag_not_found":
        kind = _MISSING
    return _Slip(path, kind, context, found, detail["msg"])


def _written(loc: Path, value: object) -> Path:
    """A location without what pydantic adds to it: the branches of unions, `[key]`."""
    path: list[str | int] = []
    for step in loc:
        match value:
            case dict() if step in value:
                value = value[step]
            case list() if isinstance(step, int):
                value = value[step]
            case _:
                continue
        path.append(step)
    return tuple(path)


def _by_path(slips: list[_Slip]) -> Mapping[Path, list[_Slip]]:
    """The slips of each key; of a union, those of the branch that came furthest."""
    above = {slip.path[:length] for slip in slips for length in range(len(slip.path))}
    groups: dict[Path, list[_Slip]] = {}
    for slip in slips:
        if slip.path not in above:
            groups.setdefault(slip.path, []).append(slip)
    return groups


def _finding(path: Path, slips: list[_Slip]) -> Finding:
    """One finding for a key: a broken rule, else the types and values that would do."""
    other = [slip for slip in slips if slip.type not in WANTED and slip.type not in _CHOICES]
    if other:
        return _broken_rule(path, other[0])
    choices = [choice for slip in slips if slip.type in _CHOICES for choice in _choices(slip)]
    wants = [WANTED[slip.type] for slip in slips if slip.type in WANTED]
    if wants:
        words = [quoted(choice) for choice in choices]
        return wrong_type(path, list(dict.fromkeys(words + wants)), slips[0].value)
    return _unknown_value(path, choices, slips[0])


def _broken_rule(path: Path, slip: _Slip) -> Finding:
    at = dotted(path)
    if slip.type == _MISSING:
        *above, key = path
        what = f'missing key "{key}" in {dotted(tuple(above))}'
        return Finding(path, "missing-key", what, f"{key} is required", f"add {key}: …")
    if slip.type in _RULES:
        code, rule = _RULES[slip.type]
        rule = "must not be empty" if slip.context.get("min_length") == 1 else rule
        what = f"{at} {rule.format_map(slip.context)}, found {found(slip.value)}"
        return Finding(path, code, what)
    if slip.type == "value_error":
        return Finding(path, "invalid-value", f"{at}: {slip.context['error']}")
    why, cure = (str(slip.context.get(part, "")) for part in ("why", "cure"))
    return Finding(path, slip.type.replace("_", "-"), f"{at} {slip.message}", why, cure)


def _choices(slip: _Slip) -> list[str]:
    expected = str(slip.context.get("expected") or slip.context.get("expected_tags"))
    return re.findall(r"'([^']*)'", expected) or [expected]


def _unknown_value(path: Path, choices: list[str], slip: _Slip) -> Finding:
    tag = slip.context.get("tag") if slip.type == "union_tag_invalid" else slip.value
    what = f"{dotted(path)} must be {either(choices)}, found {found(tag)}"
    cure = did_you_mean(tag, choices) if isinstance(tag, str) else ""
    return Finding(path, "unknown-value", what, cure=cure)
