"""The resource kinds, one file each, in the order they are shown and made."""

from collections.abc import Mapping

from reconciler.core.resource import Observed
from reconciler.kinds.file import FileKind
from reconciler.kinds.job import JobKind
from reconciler.kinds.kind import Kind
from reconciler.kinds.model import ModelKind

KINDS: tuple[Kind, ...] = (FileKind(), JobKind(), ModelKind())

BY_NAME: Mapping[str, Kind] = {kind.name: kind for kind in KINDS}


def owner_of(seen: Observed) -> str:
    """Who says that it is theirs: `project`, `project/environment`, or nobody."""
    return BY_NAME[seen.kind].owner_of(seen)
