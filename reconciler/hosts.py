"""Which hosts the operator of this machine allows a manifest to name."""

from collections.abc import Mapping

ALLOWED_HOSTS = "RECONCILER_ALLOWED_HOSTS"


def allowed_hosts(environ: Mapping[str, str]) -> frozenset[str]:
    """What `RECONCILER_ALLOWED_HOSTS` lists, in lower case: each a `host` or a `host:port`."""
    entries = environ.get(ALLOWED_HOSTS, "").split(",")
    return frozenset(filter(None, (entry.strip().lower() for entry in entries)))
