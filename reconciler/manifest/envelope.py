"""Everything of a manifest but its resources: strict models of the keys at the top."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from reconciler.manifest.names import AddressText, Name

VERSION = 1
"""The one version of the manifest's format that this program reads."""

_BASE_URL = re.compile(r"https?://[^\s/@?#]+(?:/[^\s@?#]*)?")


def _checked_base_url(text: str) -> str:
    if _BASE_URL.fullmatch(text):
        return text
    parts = {"why": "no user, password, query or fragment", "cure": "write https://HOST/v1"}
    raise PydanticCustomError("bad-url", "is not a base URL", parts)


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)


class Provider(_Strict):
    """Where the resources live; the sandbox unless said otherwise, as it costs nothing."""

    kind: Literal["sandbox", "openai", "azure", "compatible"] = "sandbox"
    base_url: Annotated[str, AfterValidator(_checked_base_url)] | None = None
    organization: str | None = Field(None, min_length=1)
    project: str | None = Field(None, min_length=1)


class StateSpec(_Strict):
    """Where the state is kept: a path below the manifest's folder, or a URL; None: the default."""

    backend: str | None = Field(None, min_length=1)


class Moved(_Strict):
    """A resource that got another name; both are addresses of one section."""

    from_: AddressText = Field(alias="from")
    to: AddressText


class Removed(_Strict):
    """What becomes of a resource that is no longer declared."""

    address: AddressText
    keep: bool = True


class Import(_Strict):
    """A declared resource that is bound to an object of the API, for good."""

    to: AddressText
    id: str = Field(min_length=1)


class Envelope(_Strict):
    """The top of the manifest; a list may be left out."""

    version: Annotated[int, Field(ge=1)] = VERSION
    project: Name
    previous_projects: tuple[Name, ...] = Field((), strict=False)
    provider: Provider = Provider()
    state: StateSpec = StateSpec()
    moved: tuple[Moved, ...] = Field((), strict=False)
    removed: tuple[Removed, ...] = Field((), strict=False)
    imports: tuple[Import, ...] = Field((), strict=False, alias="import")
