"""What every entry of a manifest is: a value, and what is to be known of each of its fields.

A spec is read in two ways. A manifest that is new is read by the pydantic model that `model_of`
makes of the spec: it finds every mistake, and has words for it. One that was read before is kept
as JSON and decoded at once, without pydantic, whose import takes longer than that. So nothing
here, nor in a spec, imports it before a manifest is really read.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, LiteralString, NamedTuple, Self, TypeVar

from msgspec import Meta, Struct

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic_core import PydanticCustomError, ValidationError

T = TypeVar("T")

INTERPOLATED = Meta(extra_json_schema={"interpolated": True})
"""Of the strings in which `${var:…}` may stand."""

Text = Annotated[str, Meta(min_length=1)]
"""A string that says something."""

Many = tuple[T, ...]
"""A list."""


class Before(NamedTuple):
    """A field's value goes through this before its type is looked at; it may refuse it.

    `takes` is what may be written then, where that is more than the type.
    """

    by: Callable[[Any], Any]
    takes: Any = None


class After(NamedTuple):
    """A value of its type goes through this; it may refuse it."""

    by: Callable[[Any], Any]


class Around(NamedTuple):
    """Reads a value in place of its type: is given the value, how to read it, and what is known."""

    by: Callable[..., Any]


class Shown(Struct, eq=False):
    """The JSON Schema of a value, where its type says less."""

    schema: Mapping[str, Any]


class Hidden:
    """Of a key that is known only in order to refuse it: it is in no JSON Schema."""


def says(description: str, *examples: object) -> Meta:
    """What a field is for, and values that it may have."""
    return Meta(description=description, examples=[*examples] or None)


class Spec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A frozen value: no unknown key, no other type, no number that JSON cannot write."""

    @classmethod
    def read(cls, value: object) -> Self:
        """The spec that a value of the manifest says; raises pydantic's ValidationError."""
        from reconciler.kinds.spec.model import adapter_of  # noqa: PLC0415  # imports pydantic

        spec: Self = adapter_of(cls).validate_python(value)
        return spec

    def require(self) -> None:
        """Raise what `wrong` makes where its fields do not go together."""

    def plain(self) -> dict[str, Any]:
        """Its plain values; what is None is left out."""
        return dict(_plain(self))


Specs = Mapping[str, type[Spec]]
"""Section of a manifest → what one of its entries is."""


def _plain(spec: Spec) -> Iterator[tuple[str, Any]]:
    config = spec.__struct_config__
    if config.tag_field:
        yield config.tag_field, config.tag
    for name in spec.__struct_fields__:
        if (value := getattr(spec, name)) is not None:
            yield name, _of(value)


def _of(value: Any) -> Any:  # noqa: ANN401  # whatever a field has
    match value:
        case Spec():
            return value.plain()
        case tuple():
            return [_of(item) for item in value]
        case _:
            return value


def wrong(
    code: LiteralString, text: LiteralString, *, why: str = "", cure: str = "", **words: str
) -> "PydanticCustomError":
    """A mistake to raise.

    Args:
        code: explained by `reconciler explain CODE`.
        text: follows the key's path: `is not …`; `{word}` in it stands for one of `words`. Only
            words of ours, never a value: it might be a secret.
        why: what stands behind the rule.
        cure: what to write instead.
    """
    from pydantic_core import PydanticCustomError  # noqa: PLC0415  # only where something is wrong

    return PydanticCustomError(code, text, {"why": why, "cure": cure, **words})


def wrong_at(mistakes: "Iterable[tuple[str, PydanticCustomError]]") -> "ValidationError":
    """Mistakes at keys below the value that is looked at; each is shown at its key."""
    from pydantic_core import InitErrorDetails, ValidationError  # noqa: PLC0415

    details = [InitErrorDetails(type=error, loc=(key,), input=None) for key, error in mistakes]
    return ValidationError.from_exception_data("entry", details)
