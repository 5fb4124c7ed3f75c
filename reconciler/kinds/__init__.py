"""The resource kinds, one file each, in the order they are shown and made."""

from collections.abc import Mapping

from reconciler.kinds.file import FileKind
from reconciler.kinds.job import JobKind
from reconciler.kinds.kind import Kind
from reconciler.kinds.model import ModelKind

KINDS: tuple[Kind, ...] = (FileKind(), JobKind(), ModelKind())

BY_NAME: Mapping[str, Kind] = {kind.name: kind for kind in KINDS}
