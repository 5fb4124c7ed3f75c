"""What every part of an entry is, and how a rule of ours speaks."""

from collections.abc import Iterable
from typing import Annotated, Any, LiteralString, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError

T = TypeVar("T")

INTERPOLATED: dict[str, Any] = {"interpolated": True}
"""For `json_schema_extra` of the strings in which `${var:…}` may stand."""

Text = Annotated[str, Field(min_length=1)]
"""A string that says something."""

Many = Annotated[tuple[T, ...], Field(strict=False)]
"""A list; not strict itself, because YAML and JSON have no tuples. Its items are."""


class Strict(BaseModel):
    """A frozen value: no unknown key, no other type, no number that JSON cannot write."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, defer_build=True, allow_inf_nan=False
    )


def wrong(
    code: LiteralString, text: LiteralString, *, why: str = "", cure: str = "", **words: str
) -> PydanticCustomError:
    """A mistake for a validator to raise.

    Args:
        code: explained by `reconciler explain CODE`.
        text: follows the key's path: `is not …`; `{word}` in it stands for one of `words`. Only
            words of ours, never a value: it might be a secret.
        why: what stands behind the rule.
        cure: what to write instead.
    """
    return PydanticCustomError(code, text, {"why": why, "cure": cure, **words})


def wrong_at(mistakes: Iterable[tuple[str, PydanticCustomError]]) -> ValidationError:
    """Mistakes at keys below the value that a validator looks at; each is shown at its key."""
    details = [InitErrorDetails(type=error, loc=(key,), input=None) for key, error in mistakes]
    return ValidationError.from_exception_data("entry", details)
