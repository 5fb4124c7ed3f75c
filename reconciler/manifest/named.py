"""Names and addresses as the manifest's models check them."""

from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from reconciler.core.address import NAME, Address
from reconciler.manifest.names import NAME_RULE, is_name, name_cure
from reconciler.manifest.words import quoted


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
