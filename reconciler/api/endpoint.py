"""Which API is spoken to, on whose behalf and with which key."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.api.address import Address, parse_address
from reconciler.api.dialects import SANDBOX, Dialect, dialect_of
from reconciler.api.trust import BASE_URL, require_trust
from reconciler.errors import ReconcilerError, Refusal

ORGANIZATION = "OPENAI_ORG_ID"
PROJECT = "OPENAI_PROJECT_ID"
# The sandbox takes any key; this one is no secret and no real key is ever sent to it.
SANDBOX_KEY = "sandbox"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An API and the right to use it; neither `str` nor `repr` shows the key."""

    kind: str
    base_url: str
    organization: str | None
    project: str | None
    key: str = field(repr=False)
    key_source: str

    @property
    def address(self) -> Address:
        """The base URL in its parts."""
        return parse_address(self.base_url)

    @property
    def dialect(self) -> Dialect:
        """What differs on this kind of server."""
        return dialect_of(self.kind)

    @property
    def identity(self) -> tuple[str, str | None, str | None]:
        """What a state belongs to: base URL, organization and project.

        The sandbox listens on another port each time, so its kind stands for its URL.
        """
        place = self.kind if self.kind == SANDBOX.kind else self.base_url
        return place, self.organization, self.project

    @property
    def key_note(self) -> str:
        """The key in words that give nothing of it away."""
        return f"key from {self.key_source} ({len(self.key)} characters)"


def resolve_endpoint(
    kind: str,
    base_url: str | None,
    organization: str | None,
    project: str | None,
    environ: Mapping[str, str],
    *,
    needs_key: bool = True,
) -> Endpoint:
    """The endpoint that a manifest and an environment mean together; pure.

    The manifest's values are reviewed and win; the environment fills what they leave out.
    For kind `sandbox` the caller passes the embedded server's base URL, and the environment
    is not read at all. Without `needs_key` it has none: it is named, and nothing is sent to it.

    Raises:
        Refusal: the host may not be sent a key, or the base URL is no such thing.
        ReconcilerError: there is no base URL or no key, or one of the values cannot be sent.
    """
    dialect = dialect_of(kind)
    if dialect is SANDBOX:
        return _sandbox(base_url, organization, project)
    address = _address(dialect, base_url, environ)
    require_trust(address, dialect, environ)
    key_source, key = _key(dialect, environ) if needs_key else ("nowhere", "")
    return Endpoint(
        kind=kind,
        base_url=str(address),
        organization=_header_value("organization", organization or environ.get(ORGANIZATION)),
        project=_header_value("project", project or environ.get(PROJECT)),
        key=key,
        key_source=key_source,
    )


def _sandbox(base_url: str | None, organization: str | None, project: str | None) -> Endpoint:
    address = parse_address(base_url or "")
    if not address.is_loopback:
        raise Refusal(
            f"refused: {address.host} is not the sandbox",
            where=f"provider.base_url: {address}",
            why="the sandbox runs on this machine only",
            cure="use provider kind compatible for a server elsewhere",
        )
    return Endpoint(
        kind=SANDBOX.kind,
        base_url=str(address),
        organization=_header_value("organization", organization),
        project=_header_value("project", project),
        key=SANDBOX_KEY,
        key_source="the sandbox",
    )


def _address(dialect: Dialect, base_url: str | None, environ: Mapping[str, str]) -> Address:
    url = base_url or environ.get(BASE_URL) or dialect.base_url
    if url is None:
        raise ReconcilerError(
            f"no base_url for {dialect.kind}",
            why="the manifest names no provider.base_url, and OPENAI_BASE_URL is not set",
            cure="set provider.base_url",
        )
    return parse_address(url)


def _key(dialect: Dialect, environ: Mapping[str, str]) -> tuple[str, str]:
    """The variable that holds the key, and the key."""
    for variable in dialect.key_variables:
        if key := environ.get(variable):
            return variable, _sendable_key(variable, key)
    names = " or ".join(dialect.key_variables)
    raise ReconcilerError(
        f"no key for {dialect.kind}",
        why=f"{names} is not set",
        cure=f"set {names}; or reconciler plan --offline, or provider kind sandbox",
    )


def _sendable_key(variable: str, key: str) -> str:
    if key != key.strip():
        why = "it has white space at an end, perhaps a newline from a file"
    elif not _is_printable_ascii(key) or " " in key:
        why = "it holds a character that no key has"
    else:
        return key
    raise ReconcilerError(
        f"the key in {variable} cannot be used",
        where=f"{variable} ({len(key)} characters)",
        why=why,
        cure=f"set {variable} to the key alone; nothing was sent",
    )


def _header_value(field_name: str, value: str | None) -> str | None:
    if value and not (_is_printable_ascii(value) and value == value.strip()):
        raise ReconcilerError(
            f"provider.{field_name} cannot be used",
            why="it holds a character that no id has",
            cure=f"set provider.{field_name} to the id alone; nothing was sent",
        )
    return value or None


def _is_printable_ascii(text: str) -> bool:
    return text.isascii() and text.isprintable()
