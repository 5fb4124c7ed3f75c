"""Which hosts may be sent a key: a manifest comes from a pull request, so it is not believed."""

from collections.abc import Mapping

from reconciler.api.address import Address, parse_address
from reconciler.api.dialects import Dialect
from reconciler.errors import Refusal
from reconciler.hosts import ALLOWED_HOSTS, allowed_hosts

BASE_URL = "OPENAI_BASE_URL"


def require_trust(address: Address, dialect: Dialect, environ: Mapping[str, str]) -> None:
    """Raises `Refusal` unless a key may be sent to `address`.

    Trusted are the provider kind's own hosts, loopback, and what the operator names in
    `RECONCILER_ALLOWED_HOSTS` (commas between, each `host` or `host:port`) or in
    `OPENAI_BASE_URL`. In the clear (http) only loopback.
    """
    if address.is_loopback:
        return
    if address.scheme != "https":
        raise _no_key_sent(address, "http would show the key to everyone on the way", "use https")
    if not (_is_own(address, dialect) or _is_listed(address, environ)):
        raise _no_key_sent(
            address,
            f"the manifest names it, and it is not a host of provider kind {dialect.kind}",
            f"if it is right, the operator lists it: {ALLOWED_HOSTS}={address.authority}",
        )


def _is_own(address: Address, dialect: Dialect) -> bool:
    # Another port of the provider's host is not the provider's API.
    own_port = address.authority == address.host
    return own_port and any(_matches(address.host, pattern) for pattern in dialect.own_hosts)


def _matches(host: str, pattern: str) -> bool:
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern


def _is_listed(address: Address, environ: Mapping[str, str]) -> bool:
    entries = set(allowed_hosts(environ))
    if operator_url := environ.get(BASE_URL):
        entries.add(parse_address(operator_url).authority)
    bare = f"[{address.host}]" if ":" in address.host else address.host
    return not entries.isdisjoint({bare, f"{bare}:{address.port}"})


def _no_key_sent(address: Address, why: str, cure: str) -> Refusal:
    where = f"provider.base_url: {address}"
    return Refusal(f"refused: no key is sent to {address.host}", where=where, why=why, cure=cure)
