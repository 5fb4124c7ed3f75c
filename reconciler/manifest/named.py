"""Names and addresses as the manifest's models check them."""

from typing import Annotated

from reconciler.core.address import NAME, Address
from reconciler.kinds.spec.spec import After, Shown, wrong
from reconciler.manifest.names import NAME_RULE, is_name, name_cure
from reconciler.manifest.words import quoted


def _checked_name(text: str) -> str:
    if is_name(text):
        return text
    raise wrong(
        "bad-name", "cannot be {name}", why=NAME_RULE, cure=name_cure(text), name=quoted(text)
    )


def _checked_address(text: str) -> str:
    try:
        Address.parse(text)
    except ValueError:
        cure = "write SECTION.NAME, e.g. jobs.support-bot"
        raise wrong(
            "bad-address", "{name} is not an address", cure=cure, name=quoted(text)
        ) from None
    return text


Name = Annotated[
    str,
    After(_checked_name),
    Shown({"type": "string", "pattern": f"^{NAME.pattern}$"}),
]
AddressText = Annotated[
    str,
    After(_checked_address),
    Shown({"type": "string", "pattern": r"^[^.]+\..+$"}),
]
