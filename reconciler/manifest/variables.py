"""`vars` and the strings they stand in: the manifest with every `${…}` replaced."""

from collections.abc import Iterator, Mapping
from typing import Final

from reconciler.manifest.finding import MAX_PROBLEMS, Finding
from reconciler.manifest.openings import ANY, OPEN, Openings
from reconciler.manifest.references import (
    OPENING,
    Lookup,
    ReferenceRefused,
    ReportedBefore,
    of_environment,
    of_nothing,
    of_variables,
    substituted,
)
from reconciler.manifest.tree import BROKEN, Value
from reconciler.manifest.words import dotted

VARS = "vars"

MAX_GROWTH: Final = 64 << 20
"""Characters that all strings with variables may have together."""

_ELSEWHERE = ("environments", VARS)
_VALUES_OF_VARS = Openings(below={VARS: Openings(below={ANY: OPEN})})


def replaced(
    root: Mapping[str, Value],
    openings: Openings,
    environ: Mapping[str, str],
    findings: list[Finding],
) -> dict[str, Value]:
    """`root` with each variable's value in its place; what is unchanged is shared with `root`.

    A string that is refused is `BROKEN` in the result.

    Args:
        openings: where variables may stand.
        environ: what `vars` may read of.
    """
    reading = _Replacing(_VALUES_OF_VARS, of_environment(environ), findings)
    result = dict(root)
    if VARS in root:
        result[VARS] = reading.value(VARS, root[VARS])
    replacing = _Replacing(openings, of_variables(_texts(result.get(VARS))), findings)
    for key, value in root.items():
        if key not in _ELSEWHERE:
            result[key] = replacing.value(key, value)
    return result


def has_variables(value: Value) -> bool:
    """Whether something in this string is replaced."""
    return isinstance(value, str) and OPENING in value.replace(f"${OPENING}", "")


def _texts(values: Value) -> Mapping[str, str | None]:
    """Each variable's text, None where it has none that can be used."""
    named = values if isinstance(values, dict) else {}
    return {name: text if isinstance(text, str) else None for name, text in named.items()}


def _places(openings: Openings) -> list[str]:
    """Where variables may stand, for people; what follows from another place is left out."""
    paths = [path for path in openings.paths() if not {"defaults", "matrix"} & {*path}]
    return [".".join(path).removeprefix(f"{ANY}.") for path in paths]


class _Replacing:
    """One walk over values; a container behind several aliases is walked once."""

    def __init__(self, openings: Openings, lookup: Lookup, findings: list[Finding]) -> None:
        self._openings, self._lookup, self._findings = openings, lookup, findings
        self._closed = of_nothing(())
        self._trail: list[str | int] = []
        self._done: dict[tuple[int, int], Value] = {}
        self._grown = 0

    def value(self, key: str, value: Value) -> Value:
        """The value of a key at the top, replaced."""
        here = self._openings.at(key)
        self._closed = of_nothing(_places(here if here.below else self._openings))
        self._trail = [key]
        return self._of(value, here)

    @property
    def _is_full(self) -> bool:
        return len(self._findings) >= MAX_PROBLEMS

    def _of(self, value: Value, openings: Openings) -> Value:
        if isinstance(value, str):
            return self._text(value, openings) if OPENING in value else value
        if not isinstance(value, dict | list):
            return value
        key = id(value), id(openings)
        if key not in self._done:
            self._done[key] = self._container(value, openings)
        return self._done[key]

    def _container(self, value: dict[str, Value] | list[Value], openings: Openings) -> Value:
        result = value
        self._trail.append("")
        steps: Iterator[tuple[str | int, Value]] = iter(
            value.items() if isinstance(value, dict) else enumerate(value)
        )
        for step, item in steps:
            self._trail[-1] = step
            if isinstance(step, str) and OPENING in step and not self._is_full:
                self._refuse(ReferenceRefused("bad-reference", "has a ${ in its name"))
            new = self._of(item, openings.at(step))
            if new is not item:
                result = value.copy() if result is value else result
                result[step] = new  # type: ignore[index] # a step of its own kind
        self._trail.pop()
        return result

    def _text(self, text: str, openings: Openings) -> Value:
        if self._is_full:
            return BROKEN
        try:
            lookup = self._lookup if openings.is_open else self._closed
            return self._counted(substituted(text, lookup))
        except ReferenceRefused as refused:
            self._refuse(refused)
        except ReportedBefore:
            pass
        return BROKEN

    def _counted(self, text: str) -> str:
        self._grown += len(text)
        if self._grown > MAX_GROWTH:
            raise ReferenceRefused("too-large", "makes the manifest too large")
        return text

    def _refuse(self, refused: ReferenceRefused) -> None:
        path = tuple(self._trail)
        what = f"{dotted(path)} {refused.what}"
        self._findings.append(Finding(path, refused.code, what, refused.why, refused.cure))
