"""A key that nobody knows here, and what it was probably meant to be."""

from collections.abc import Collection

from reconciler.manifest.finding import Finding, Path
from reconciler.manifest.words import did_you_mean, dotted, quoted


def unknown_key(
    path: Path, known: Collection[str], *, needs: str = "", why: str = "keys are strict"
) -> Finding:
    """A key that stands where only `known` may; `needs`: the required key it was meant to be."""
    while isinstance(path[-1], int):  # a value of a matrix, in the place of a key
        path = path[:-1]
    *above, key = path
    what = f"unknown key {quoted(str(key))} in {dotted(tuple(above))}"
    why = f"{why}; {needs} is required" if needs else why
    cure = did_you_mean(str(key), known) or f"known here: {', '.join(known)}"
    return Finding(path, "unknown-key", what, why, cure)
