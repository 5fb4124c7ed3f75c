"""`include`: which further files a manifest has; patterns stay below its folder, as paths do."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from glob import has_magic, iglob
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Final

from reconciler.manifest.finding import Finding
from reconciler.manifest.paths import OUTSIDE, PathRefused, confine, outside, refuse_spelling
from reconciler.manifest.tree import Value
from reconciler.manifest.words import clipped

INCLUDE = "include"

CURE: Final = "move the file below that folder; no option opens another one for manifests"

MAX_FILES: Final = 1_000
"""Included files of one manifest."""

MAX_PATTERNS: Final = 100
"""Patterns of one manifest; each is a search."""


def included(
    top: Path,
    root: Mapping[str, Value],
    findings: list[Finding],
    drafts: Iterable[Path] = (),
) -> Iterator[Path]:
    """The included files of the manifest at `top`, each once: by pattern, then by name.

    Each is spelled as a person would open it: below the folder of `top`, links not followed. What
    is no pattern at all is left to the model of the manifest.

    Args:
        drafts: files that stand beside those of the manifest for a moment, and are none of it.
    """
    patterns = root.get(INCLUDE)
    seen = {top.resolve(), *(draft.resolve() for draft in drafts)}
    for i, pattern in enumerate(patterns[:MAX_PATTERNS] if isinstance(patterns, list) else ()):
        try:
            found = _found(top, pattern) if isinstance(pattern, str) else {}
            _refuse_many(seen | found.keys(), str(pattern))
        except PathRefused as refused:
            told = refused.code, refused.what, refused.why, refused.cure
            findings.append(Finding((INCLUDE, i), *told))
        else:
            yield from (path for real, path in found.items() if real not in seen)
            seen |= found.keys()


def _refuse_many(files: Collection[Path], pattern: str) -> None:
    if len(files) > MAX_FILES + 1:  # the manifest itself is one of them
        what = f"with {clipped(pattern)} the manifest has more than {MAX_FILES:,} files"
        raise PathRefused("too-large", what)


def _found(top: Path, pattern: str) -> dict[Path, Path]:
    """Where each file of a pattern really is → where it was found.

    Raises:
        PathRefused: the pattern leads out of the folder, or to nothing.
    """
    folder = top.parent
    names = sorted(_matching(folder, pattern)) if has_magic(pattern) else [pattern]
    real = {_real(folder, name): folder / name for name in reversed(names)}
    found = {file: real[file] for file in reversed(real) if file.exists() and file != top.resolve()}
    if not found:
        what, why = f"{clipped(pattern)} matches no file", "patterns start at the manifest's folder"
        raise PathRefused("missing-include", what, why, "correct it, or take it out")
    return found


def _real(folder: Path, name: str) -> Path:
    try:
        return confine(folder, name, must_exist=False)
    except PathRefused as refused:
        if refused.code == OUTSIDE:
            raise outside(name, CURE) from None
        raise


def _matching(folder: Path, pattern: str) -> list[str]:
    refuse_spelling(pattern)
    parts = PurePosixPath(pattern).parts
    if pattern.startswith("/") or ".." in parts:
        raise outside(pattern, CURE)
    if "**" in parts:
        what, why = f"{clipped(pattern)} has **", "it would search every folder that is below"
        raise PathRefused("bad-path", what, why, "write a * for each folder: teams/*/*.yaml")
    found = iglob(pattern, root_dir=folder)  # noqa: PTH207  # Path.glob matches hidden files, too
    return list(islice(found, MAX_FILES + 2))
