"""A local state's path: below the manifest's folder, as a manifest may come from a pull request."""

import os
from collections.abc import Sequence
from pathlib import Path

from reconciler.errors import Refusal, UsageError
from reconciler.gitdir import is_gitdir


def confined(location: str, root: Path, allowed: Sequence[Path]) -> Path:
    """The state file that `location` names, relative to `root`.

    Raises:
        UsageError: it is no name of a state file.
        Refusal: it leads out of `root` and of what is `allowed`.
    """
    document = root / location
    if document.suffix != ".json" or not location.isprintable():
        raise UsageError(
            f"not the name of a state file: {location}",
            where="state.backend",
            why="it ends in .json; its journal and its lock stand beside it under the same name",
            cure="state: {backend: state/NAME.json}",
        )
    refuse_outside(document.parent, location, (root, *allowed))
    return document


def refuse_outside(folder: Path, location: str, folders: Sequence[Path]) -> None:
    """Follow links before comparing, so that a link cannot lead out either, nor into `.git`."""
    real = Path(os.path.realpath(folder))
    if not any(real.is_relative_to(os.path.realpath(allowed)) for allowed in folders):
        raise Refusal(
            f"the state file is outside the manifest's folder: {location}",
            where="state.backend",
            why="a manifest may come from a pull request, so its paths stay below its folder",
            cure=f"reconciler … --allow-path {real}",
        )
    if any(map(is_gitdir, real.parts)):
        raise Refusal(
            f"the state file is inside .git: {location}",
            where="state.backend",
            why="what stands there is the repository's own, and no commit can have it",
            cure="state: {backend: state/NAME.json}",
        )
