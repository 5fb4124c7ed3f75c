"""Which hosts the operator of this machine allows a manifest to name, and names."""

from collections.abc import Mapping

ALLOWED_HOSTS = "RECONCILER_ALLOWED_HOSTS"

STORE_SERVERS: Mapping[str, tuple[str, ...]] = {
    "s3": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"),
    "gs": ("GOOGLE_BASE_URL",),
    "az": ("AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT"),
}
"""Scheme → the operator's variables that say which server a store is at; the first one counts."""


def allowed_hosts(environ: Mapping[str, str]) -> frozenset[str]:
    """What `RECONCILER_ALLOWED_HOSTS` lists, in lower case: each a `host` or a `host:port`."""
    entries = environ.get(ALLOWED_HOSTS, "").split(",")
    return frozenset(filter(None, (entry.strip().lower() for entry in entries)))
