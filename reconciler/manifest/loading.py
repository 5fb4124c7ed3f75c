"""A manifest file → a `Manifest`: recalled where nothing changed, else read and checked."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from reconciler.kinds.spec.spec import Specs
from reconciler.manifest.model import Edition, Manifest
from reconciler.manifest.recalled import keep_manifest, recalled

_NOTHING: Mapping[str, str] = MappingProxyType({})
_NO_DRAFTS: Mapping[Path, Path] = MappingProxyType({})


def load(
    path: Path,
    specs: Specs,
    *,
    env: str | None = None,
    environ: Mapping[str, str] = _NOTHING,
    kept: Path | None = None,
    drafts: Mapping[Path, Path] = _NO_DRAFTS,
) -> Manifest:
    """Read the manifest at `path` with all that it includes.

    Args:
        specs: what one entry of each section is.
        env: the environment, instead of `default_env`.
        environ: what `vars` may read of: its `RECONCILER_VAR_…`.
        kept: where it is kept for the next run; None: nowhere.
        drafts: file of the manifest → what is read in its place.

    Raises:
        InvalidInput: with every problem that one reading can find, in the order of the files.
    """
    edition = Edition(path, specs, env, environ, drafts)
    place = None if drafts else kept
    if place and (known := recalled(edition, place)):
        return known
    from reconciler.manifest.reader import read  # noqa: PLC0415  # imports pydantic, and YAML

    read_ = read(edition)
    if place:
        keep_manifest(read_.manifest, read_.found.envelope, read_.digests, place)
    return read_.manifest
