"""`matrix`: one entry that stands for many, one for each combination of the values it lists."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from math import prod
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from reconciler.core.fingerprint import canonical_json
from reconciler.manifest.finding import MAX_PROBLEMS, Finding, Path
from reconciler.manifest.tree import Value
from reconciler.manifest.unknown import unknown_key
from reconciler.manifest.wanted import wrong_type
from reconciler.manifest.words import dotted, quoted

if TYPE_CHECKING:
    from reconciler.kinds.spec.spec import Spec

MATRIX = "matrix"

MAX_MEMBERS: Final = 256
"""Entries that one matrix may stand for."""

MAX_NAME: Final = 255
"""Characters of a member's name: it stands in the metadata of its object, with the owner."""

Targets = Mapping[str, tuple[str, ...]]
"""Key of `matrix` → where its value stands in an entry; `{type}` is the key that `type` names."""

TYPE: Final = "{type}"
"""Stands in a target for the key that the `type` beside it names."""

_Combination = tuple[tuple[str, int, Any], ...]
"""Key, position in its list, and value of each axis."""

_USUAL = "supervised"
_TEXT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,63}")
_TEXT_RULE = "a value stands in its entry's name: up to 64 of A-Z a-z 0-9 . _ : / @ + -"


class Member(NamedTuple):
    """One entry that a matrix stands for.

    Attributes:
        name: as it is addressed: `sweep[learning_rate_multiplier=0.5,n_epochs=2]`.
        entry: what it says, without the matrix.
        base: the name that the matrix stands under.
        varied: where a value of the matrix went in `entry` → where it is written, both from the
            entry on.
    """

    name: str
    entry: Mapping[str, Any]
    base: str
    varied: Mapping[Path, Path]

    def written(self, path: Path) -> Path:
        """Where the value at a path of the member is written; both from the entry on."""
        for length in range(1, len(path) + 1):
            if path[:length] in self.varied:
                return self.varied[path[:length]]
        return path


def targets_of(spec: "type[Spec]") -> Targets:
    """What a matrix of this kind may vary; nothing where the kind has none."""
    targets: Targets = getattr(spec, "MATRIX", {})
    return targets


def members(name: str, entry: Mapping[str, Any], targets: Targets) -> Iterator[Member]:
    """The members of an entry whose matrix was checked: keys sorted, values in their order."""
    rest = {key: value for key, value in entry.items() if key != MATRIX}
    for combination in _combinations(entry[MATRIX]):
        spread, varied = rest, dict[Path, Path]()
        for key, i, value in combination:
            target = _target(rest, targets[key])
            spread = _with(spread, targets[key], target, value)
            varied[target] = (MATRIX, key, i)
        yield Member(_called(name, combination), spread, name, varied)


def names_of(name: str, matrix: Mapping[str, Sequence[Any]]) -> Iterator[str]:
    """The names of the members alone, of a matrix of `MAX_MEMBERS` at most."""
    return (_called(name, combination) for combination in _combinations(matrix))


def _combinations(matrix: Mapping[str, Sequence[Any]]) -> Iterator[_Combination]:
    axes = [
        [(key, i, value) for i, value in enumerate(values)]
        for key, values in sorted(matrix.items())
    ]
    return product(*axes)


def _called(name: str, combination: _Combination) -> str:
    words = ",".join(f"{key}={_text(value)}" for key, _, value in combination)
    return f"{name}[{words}]"


def check_matrix(path: Path, entry: Mapping[str, Any], targets: Targets) -> list[Finding]:
    """What is wrong with the matrix of the entry at `path`, without the section's defaults."""
    path, matrix = (*path, MATRIX), entry[MATRIX]
    if not isinstance(matrix, dict):
        return [wrong_type(path, ["a mapping of lists"], matrix)]
    if not matrix:
        return [Finding(path, "wrong-length", f"{dotted(path)} must not be empty")]
    wrong = (one for key in matrix for one in _check_key((*path, key), matrix[key], targets))
    found = [*islice(wrong, MAX_PROBLEMS), *_check_own(path, entry, targets)]
    return found or list(_check_size(path, matrix))


def _check_key(path: Path, values: Value, targets: Targets) -> Iterator[Finding]:
    if path[-1] not in targets:
        yield unknown_key(path, targets)
    elif not isinstance(values, list):
        yield wrong_type(path, ["a list of values"], values)
    elif not values:
        yield Finding(path, "wrong-length", f"{dotted(path)} must not be empty")
    else:
        yield from _check_values(path, values)


def _check_own(path: Path, entry: Mapping[str, Any], targets: Targets) -> Iterator[Finding]:
    for key in entry[MATRIX]:
        if key in targets and _at(entry, _target(entry, targets[key])) is not None:
            here = (*path, key)
            what, why = f"{dotted(here)} is set by the entry as well", "one of the two would lose"
            yield Finding(here, "stated-twice", what, why, "keep one")


def _check_values(path: Path, values: Sequence[Value]) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for i, value in enumerate(values[: MAX_MEMBERS + 1]):
        here = (*path, i)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            yield wrong_type(here, ["a number", "a string"], value)
        elif isinstance(value, str) and not _TEXT.fullmatch(value):
            what = f"{quoted(value)} cannot be varied"
            yield Finding(here, "bad-name", what, _TEXT_RULE, "write an entry of its own")
        elif (text := _text(value)) in first:
            what = f"{dotted(here)} says {quoted(text)} again"
            why = f"{dotted((*path, first[text]))} says it already"
            yield Finding(here, "stated-twice", what, why)
        else:
            first[text] = i


def _check_size(path: Path, matrix: Mapping[str, list[Any]]) -> Iterator[Finding]:
    count = prod(map(len, matrix.values()))
    longest = sum(len(key) + 2 + max(len(_text(v)) for v in matrix[key]) for key in matrix)
    if count > MAX_MEMBERS:
        what = f"{dotted(path)} stands for {count:,} entries, more than {MAX_MEMBERS}"
        yield Finding(path, "too-large", what, cure="vary less, or split the entry")
    elif len(str(path[-2])) + 1 + longest > MAX_NAME:
        what = f"{dotted(path)} makes names of more than {MAX_NAME} characters"
        yield Finding(path, "too-large", what, cure="vary less, or write the entries out")


def _text(value: str | float) -> str:
    """The value as it stands in a name: 1.0 is 1."""
    return value if isinstance(value, str) else canonical_json(value).decode()


def _target(entry: Mapping[str, Any], path: tuple[str, ...]) -> tuple[str, ...]:
    """The path with the entry's own type in it."""
    if TYPE not in path:
        return path
    i = path.index(TYPE)
    chosen = _at(entry, (*path[:i], "type"))
    return (*path[:i], chosen if isinstance(chosen, str) else _USUAL, *path[i + 1 :])


def _at(entry: Any, path: Path) -> Any:  # noqa: ANN401  # whatever stands there
    for step in path:
        entry = entry.get(step) if isinstance(entry, dict) else None
    return entry


def _with(
    entry: dict[str, Any],
    path: tuple[str, ...],
    target: tuple[str, ...],
    value: Any,  # noqa: ANN401
) -> dict[str, Any]:
    """A copy of the entry with a value at `target`; what is no mapping is left to its model."""
    (step, *path_below), (key, *below) = path, target
    if step == TYPE and not entry:
        entry = {"type": key}
    if not below:
        return {**entry, key: value}
    inner = entry.get(key)
    if inner is not None and not isinstance(inner, dict):
        return entry
    return {**entry, key: _with(inner or {}, tuple(path_below), tuple(below), value)}
