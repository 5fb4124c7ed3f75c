"""Names and addresses as the manifest's models check them, with a cure for the usual slips."""

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from reconciler.core.address import NAME, Address
from reconciler.manifest.words import clipped, quoted

NAME_RULE = "a name starts with a-z or 0-9 and has up to 63 of a-z 0-9 _ -"


def is_name(text: str) -> bool:
    """Whether `text` can name a project or a resource."""
    return NAME.fullmatch(text) is not None


def as_name(text: str) -> str:
    """The nearest text that is a name, or "" where nothing of it can stay."""
    return re.sub(r"[^a-z0-9_-]+", "-", text[:63].lower()).strip("-_")


def name_cure(text: str) -> str:
    """What to write instead of `text`."""
    name = as_name(text)
    return f'write "{name}"' if name and clipped(text) == text else ""


def _checked_name(text: str) -> str:
    if is_name(text):
        return text
    parts = {"text": quoted(text), "why": NAME_RULE, "cure": name_cure(text)}
    raise PydanticCustomError("bad-name", "cannot be {text}", parts)


def _checked_address(text: str) -> str:
    try:
        Address.parse(text)
    except ValueError:
        parts = {"text": quoted(text), "cure": "write SECTION.NAME, e.g. jobs.support-bot"}
        raise PydanticCustomError("bad-address", "{text} is not an address", parts) from None
    return text


Name = Annotated[
    str,
    AfterValidator(_checked_name),
    WithJsonSchema({"type": "string", "pattern": f"^{NAME.pattern}$"}),
]
AddressText = Annotated[
    str,
    AfterValidator(_checked_address),
    WithJsonSchema({"type": "string", "pattern": r"^[^.]+\..+$"}),
]
