"""Where the state lives: lock, load, append, checkpoint.

Backends deal in bytes; what the bytes mean is the codec's business. `Backend` in `backend.py` is
the contract, and one suite of tests holds every backend to it.
"""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from reconciler.backends.backend import Backend, Stored
from reconciler.backends.holder import Holder
from reconciler.backends.local import LocalBackend
from reconciler.errors import Refusal, UsageError
from reconciler.gitdir import is_gitdir

__all__ = ["Backend", "Holder", "Stored", "open_backend"]

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")


def open_backend(location: str, root: Path, *, allowed: Sequence[Path] = ()) -> Backend:
    """The backend at a `state.backend` of a manifest; nothing is read or written yet.

    Args:
        location: a path that ends in `.json`, relative to `root`.
        root: the manifest's folder.
        allowed: folders outside `root` that the operator allows as well (`--allow-path`).

    Raises:
        UsageError: no backend knows this location.
        Refusal: the path leads out of `root`, and a manifest is untrusted input.
    """
    if scheme := _SCHEME.match(location):
        # Only the scheme is shown: what follows it may hold a password.
        raise UsageError(
            f"unknown state backend: {scheme[1]}",
            where="state.backend",
            why="only a local file is known: a path below the manifest's folder",
            cure="state: {backend: state/NAME.json}",
        )
    document = root / location
    if document.suffix != ".json" or not location.isprintable():
        raise UsageError(
            f"not the name of a state file: {location}",
            where="state.backend",
            why="it ends in .json; its journal and its lock stand beside it under the same name",
            cure="state: {backend: state/NAME.json}",
        )
    _refuse_outside(document, location, (root, *allowed))
    return LocalBackend(document, name=location)


def _refuse_outside(document: Path, location: str, folders: Sequence[Path]) -> None:
    """Follow links before comparing, so that a link cannot lead out either, nor into `.git`."""
    folder = Path(os.path.realpath(document.parent))
    if not any(folder.is_relative_to(os.path.realpath(allowed)) for allowed in folders):
        raise Refusal(
            f"the state file is outside the manifest's folder: {location}",
            where="state.backend",
            why="a manifest may come from a pull request, so its paths stay below its folder",
            cure=f"reconciler … --allow-path {folder}",
        )
    if any(map(is_gitdir, (*folder.parts, document.name))):
        raise Refusal(
            f"the state file is inside .git: {location}",
            where="state.backend",
            why="what stands there is the repository's own, and no commit can have it",
            cure="state: {backend: state/NAME.json}",
        )
