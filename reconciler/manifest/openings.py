"""In which strings of a manifest variables may stand: those whose model says so.

A field says it by `json_schema_extra={"interpolated": True}`, on itself or on the strings in it.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType, UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from reconciler.kinds.spec.model import model_of
from reconciler.kinds.spec.spec import Spec, Specs
from reconciler.manifest.finding import Path

ANY = "*"
"""Stands for any name or list position."""


class Openings(NamedTuple):
    """Whether variables may stand in a value, and where in what is below it."""

    is_open: bool = False
    below: "Mapping[str, Openings]" = MappingProxyType({})

    def at(self, step: str | int) -> "Openings":
        """The same for what stands at a key or list position."""
        return self.below.get(str(step)) or self.below.get(ANY) or CLOSED

    def paths(self) -> Iterator[tuple[str, ...]]:
        """Every open path."""
        if self.is_open:
            yield ()
        for step, inner in self.below.items():
            yield from ((step, *path) for path in inner.paths())


CLOSED, OPEN = Openings(), Openings(is_open=True)


def openings(envelope: type[Spec], specs: Specs) -> Openings:
    """Those of a whole manifest: its top, the entries of each section, and their defaults."""
    entries = {section: _entry(spec) for section, spec in specs.items()}
    defaults = {section: _of(model_of(spec)) for section, spec in specs.items()}
    named = {section: Openings(below={ANY: entry}) for section, entry in entries.items()}
    return _union(
        [_of(model_of(envelope)), Openings(below={**named, "defaults": Openings(below=defaults)})]
    )


def _entry(spec: type[Spec]) -> Openings:
    """Those of an entry; what a matrix varies is as open as the place that it goes to."""
    fields = _of(model_of(spec))
    targets: Mapping[str, Path] = getattr(spec, "MATRIX", {})
    keys = {key: Openings(below={ANY: OPEN}) for key, path in targets.items() if _at(fields, path)}
    return _union([fields, Openings(below={"matrix": Openings(below=keys)} if keys else {})])


def _at(fields: Openings, path: Path) -> bool:
    for step in path:
        fields = fields.at(step)
    return fields.is_open


def _of(annotation: Any) -> Openings:  # noqa: ANN401  # whatever stands behind a colon
    origin, inner = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _fields(annotation)
    if origin is Annotated:
        is_marked = any(isinstance(word, FieldInfo) and _is_marked(word) for word in inner[1:])
        return OPEN if is_marked else _of(inner[0])
    if origin in (Union, UnionType):
        return _union(map(_of, inner))
    if origin in (dict, list, tuple):
        items = _of(inner[1] if origin is dict else inner[0])
        return CLOSED if items == CLOSED else Openings(below={ANY: items})
    return CLOSED


def _fields(model: type[BaseModel]) -> Openings:
    found = {
        field.alias or name: OPEN if _is_marked(field) else _of(field.annotation)
        for name, field in model.model_fields.items()
    }
    return Openings(below={key: inner for key, inner in found.items() if inner != CLOSED})


def _is_marked(field: FieldInfo) -> bool:
    extra = field.json_schema_extra
    return isinstance(extra, dict) and extra.get("interpolated") is True


def _union(several: Iterable[Openings]) -> Openings:
    found = [one for one in several if one != CLOSED]
    keys = dict.fromkeys(key for one in found for key in one.below)
    below = {key: _union(one.below.get(key, CLOSED) for one in found) for key in keys}
    return Openings(any(one.is_open for one in found), below) if found else CLOSED
