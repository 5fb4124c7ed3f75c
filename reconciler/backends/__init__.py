"""Where the state lives: lock, load, append, checkpoint.

Backends deal in bytes; what the bytes mean is the codec's business. `Backend` in `backend.py` is
the contract, and one suite of tests holds every backend to it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

from reconciler.backends.backend import Backend, Backup, Stored
from reconciler.backends.confined import confined, refuse_outside
from reconciler.backends.holder import Holder
from reconciler.backends.local import LocalBackend
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.backends.place import Place

__all__ = ["Backend", "Backup", "Holder", "Stored", "open_backend"]

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")

REMOTE = {
    "postgresql": "postgres",
    "s3": "objects",
    "gs": "objects",
    "az": "objects",
    "file": "objects",
}
"""Scheme of a URL → the module here that opens it, with what it imports, when it is used."""


def open_backend(
    location: str,
    root: Path,
    *,
    label: str = "",
    environ: Mapping[str, str] | None = None,
    allowed: Sequence[Path] = (),
) -> Backend:
    """The backend at a `state.backend` of a manifest; nothing is read or written yet.

    Args:
        location: a path that ends in `.json`, relative to `root`; or a URL.
        root: the manifest's folder.
        label: the owner, as a part of a path: many owners have their states at one URL.
        environ: where the operator says which hosts may be named.
        allowed: folders outside `root` that the operator allows as well (`--allow-path`).

    Raises:
        UsageError: no backend knows this location, or its extra is not installed.
        Refusal: the path leads out of `root`, or the host is not one of the operator's: a manifest
            is untrusted input.
    """
    if scheme := _SCHEME.match(location):
        module = REMOTE.get(scheme[1].lower())
        if not module:
            raise _unknown(scheme[1])
        from reconciler.backends.place import place_of  # noqa: PLC0415  # a file is usual

        place = place_of(location, label, environ or {})
        if place.scheme == "file" and not place.is_operators:
            refuse_outside(place.folder, location, (root, *allowed))
        return _opener(module)(place, environ or {})
    return LocalBackend(confined(location, root, allowed), name=location)


def _opener(module: str) -> "Callable[[Place, Mapping[str, str]], Backend]":
    found = import_module(f"reconciler.backends.{module}")
    return cast("Callable[[Place, Mapping[str, str]], Backend]", found.open_place)


def _unknown(scheme: str) -> UsageError:
    # Only the scheme is shown: what follows it may hold a password.
    return UsageError(
        f"unknown state backend: {scheme}",
        where="state.backend",
        why=f"known are a path below the manifest's folder, and {', '.join(_schemes())}",
        cure="state: {backend: state/NAME.json}",
    )


def _schemes() -> list[str]:
    return [f"{scheme}://" for scheme in REMOTE]
