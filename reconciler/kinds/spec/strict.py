"""What the models that are imported late are made of: graders and checks, which few have."""

from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")

Text = Annotated[str, Field(min_length=1)]
"""A string that says something."""

Many = Annotated[tuple[T, ...], Field(strict=False)]
"""A list; not strict itself, because YAML and JSON have no tuples. Its items are."""


class Strict(BaseModel):
    """A frozen value: no unknown key, no other type, no number that JSON cannot write."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, defer_build=True, allow_inf_nan=False
    )
