"""Which hosts are this machine, and which its operator allows a manifest to name, and names."""

import re
from collections.abc import Mapping

ALLOWED_HOSTS = "RECONCILER_ALLOWED_HOSTS"

STORE_SERVERS: Mapping[str, tuple[str, ...]] = {
    "s3": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"),
    "gs": ("GOOGLE_BASE_URL",),
    "az": ("AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT"),
}
"""Scheme → the operator's variables that say which server a store is at; the first one counts."""


_BYTE = r"(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
_HERE = re.compile(rf"localhost|127(?:\.{_BYTE}){{3}}|::1|\[::1\]")


def is_loopback(host: str) -> bool:
    """Whether a host, in lower case and with brackets or without, is this very machine."""
    return _HERE.fullmatch(host) is not None


def allowed_hosts(environ: Mapping[str, str]) -> frozenset[str]:
    """What `RECONCILER_ALLOWED_HOSTS` lists, in lower case: each a `host` or a `host:port`."""
    entries = environ.get(ALLOWED_HOSTS, "").split(",")
    return frozenset(filter(None, (entry.strip().lower() for entry in entries)))
