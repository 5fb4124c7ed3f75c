"""The pydantic model that reads a spec: it finds every mistake, and makes the JSON Schema.

It is made of the spec's fields, so that each is written down once. What it reads becomes the spec.
"""

from collections.abc import Iterator
from functools import cache, reduce
from operator import or_
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    TypeAdapter,
    WithJsonSchema,
    WrapValidator,
    create_model,
)
from pydantic.json_schema import SkipJsonSchema

from reconciler.kinds.spec.spec import After, Around, Before, Hidden, Shown, Spec

_LIMITS = ("gt", "ge", "lt", "le", "multiple_of", "min_length", "max_length", "pattern")
_META = (
    *((name, name) for name in (*_LIMITS, "description", "examples")),
    ("extra_json_schema", "json_schema_extra"),
)
"""What msgspec and what pydantic calls it that is said of a field."""


class Model(BaseModel):
    """What every model of a spec is."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, defer_build=True, allow_inf_nan=False
    )


@cache
def model_of(spec: type[Spec]) -> type[Model]:
    """The model that reads what a spec says, field by field."""
    return create_model(
        spec.__name__, __base__=Model, __doc__=spec.__doc__, __module__=spec.__module__,
        **dict(_fields(spec)),
    )  # fmt: skip


@cache
def reader_of(spec: type[Spec]) -> Any:  # noqa: ANN401  # a type, to annotate with
    """What pydantic reads a spec by: its model, of which the spec is made then."""
    tag = spec.__struct_config__.tag_field or ""

    def made(read: Model) -> Spec:
        values = vars(read)
        values.pop(tag, None)  # the spec's class says it
        found = spec(**values)
        found.require()
        return found

    return Annotated[model_of(spec), AfterValidator(made)]


@cache
def adapter_of(spec: type[Spec]) -> TypeAdapter[Any]:
    """Reads one."""
    return TypeAdapter(reader_of(spec))


def _fields(spec: type[Spec]) -> Iterator[tuple[str, Any]]:
    """The arguments of `create_model`."""
    config = spec.__struct_config__
    if config.tag_field:
        about = (spec.__doc__ or "").partition("\n")[0]
        yield config.tag_field, (Literal[config.tag], Field(description=about))
    hints = get_type_hints(spec, include_extras=True)
    for field in msgspec.structs.fields(spec):
        alias = field.encode_name if field.encode_name != field.name else None
        yield field.name, (_read(hints[field.name]), Field(alias=alias, **_default(field)))


def _default(field: msgspec.structs.FieldInfo) -> dict[str, Any]:
    """As pydantic takes it; a spec is no JSON, so it may not be shown as one."""
    if field.default_factory is not msgspec.NODEFAULT:
        return {"default_factory": field.default_factory}
    if isinstance(field.default, Spec):
        return {"default_factory": lambda: field.default}
    return {} if field.default is msgspec.NODEFAULT else {"default": field.default}


def _read(hint: Any) -> Any:  # noqa: ANN401  # whatever stands behind a colon
    """What pydantic reads for a field of a spec."""
    origin, inner = get_origin(hint), get_args(hint)
    if hint is Any:
        return JsonValue  # there is nothing else in a manifest
    if _is_spec(hint):
        return reader_of(hint)
    if origin is Annotated:
        return Annotated[_read(inner[0]), *_words(inner[1:])]
    if origin in (Union, UnionType):
        return _union(inner)
    if origin is tuple:  # not strict: YAML and JSON have no tuples
        return Annotated[origin[_read(inner[0]), ...], Field(strict=False)]
    return origin[*map(_read, inner)] if origin is dict else hint


def _union(members: tuple[Any, ...]) -> Any:  # noqa: ANN401
    """Specs that a key tells apart are told apart by it, so that only one has mistakes."""
    whole = reduce(or_, map(_read, members))
    tags = [_tag_field(one) for one in members if one is not NoneType]
    if len(tags) == 1 or len({*tags}) > 1 or not tags[0]:
        return whole
    return Annotated[whole, Field(discriminator=tags[0])]


def _tag_field(hint: Any) -> str:  # noqa: ANN401
    return (hint.__struct_config__.tag_field if _is_spec(hint) else None) or ""


def _is_spec(hint: Any) -> bool:  # noqa: ANN401
    return isinstance(hint, type) and issubclass(hint, Spec)


def _words(words: tuple[object, ...]) -> Iterator[Any]:
    """What is said of a field, as pydantic takes it."""
    said = {
        theirs: value
        for word in words
        if isinstance(word, Meta)
        for name, theirs in _META
        if (value := getattr(word, name)) is not None
    }
    if said:
        yield Field(**said)
    yield from (_word(word) for word in words if not isinstance(word, Meta))


def _word(word: object) -> object:
    match word:
        case Before(by, takes):
            schema = {} if takes is None else {"json_schema_input_type": _read(takes)}
            return BeforeValidator(by, **schema)
        case After(by):
            return AfterValidator(by)
        case Around(by):
            return WrapValidator(by)
        case Shown(schema):
            return WithJsonSchema(dict(schema))
        case Hidden():
            return SkipJsonSchema()  # type: ignore[type-arg]  # it is of what stands before it
        case _:
            return word
