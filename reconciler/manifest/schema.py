"""Which keys a spec knows at a path: what a misspelt key was probably meant to be."""

from collections.abc import Iterable, Iterator
from typing import get_args

from pydantic import BaseModel

from reconciler.kinds.spec.late import Late
from reconciler.kinds.spec.model import model_of
from reconciler.kinds.spec.spec import Spec
from reconciler.manifest.finding import Path


def known_keys(specs: Iterable[type[Spec]], path: Path) -> tuple[str, ...]:
    """The keys that the mapping at `path` may have, as they are written in YAML.

    A step that is no key of a model is a list position or a free name; it changes nothing.
    """
    here: tuple[type[BaseModel], ...] = tuple(map(model_of, specs))
    for step in path:
        fields = [model.model_fields for model in here]
        below = [
            annotation
            for known in fields
            for name, field in known.items()
            if step in (name, field.alias)
            for annotation in (field.annotation, *field.metadata)
        ]
        here = tuple(model for annotation in below for model in _models(annotation)) or here
    names = [field.alias or name for model in here for name, field in model.model_fields.items()]
    return tuple(dict.fromkeys(names))


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif isinstance(annotation, Late):
        yield from _models(annotation.type)
    for inner in get_args(annotation):
        yield from _models(inner)
