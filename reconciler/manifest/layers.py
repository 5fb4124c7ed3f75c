"""What a manifest was put together from, and with it where each of its values is written."""

from collections.abc import Mapping

from msgspec import Struct, field

from reconciler.errors import Mark
from reconciler.manifest.defaults import DEFAULTS, written_at
from reconciler.manifest.environments import ENVIRONMENTS, Overlay
from reconciler.manifest.finding import Path
from reconciler.manifest.matrix import MATRIX, Member
from reconciler.manifest.sheets import Sheets
from reconciler.manifest.tree import Value
from reconciler.manifest.variables import has_variables


class Layers(Struct, frozen=True):
    """The files, the environment over them, and the entries that matrices stand for.

    Attributes:
        root: the files' tree with the environment merged over it.
        members: section and name → the member of a matrix that goes by it.
    """

    sheets: Sheets
    overlay: Overlay
    root: Mapping[str, Value]
    members: Mapping[Path, Member] = field(default_factory=dict)

    def written(self, path: Path) -> Path:
        """Where the value at a path of the manifest, put together, stands in its files."""
        if member := self.members.get(path[:2]):
            path = (path[0], member.base, *member.written(path[2:]))
        path = written_at(self.root, path)
        return (*self.overlay.path, *path) if self.overlay.holds(self.sheets.root, path) else path

    def mark(self, path: Path) -> Mark:
        """The place of the value at a path, or of the nearest key above it."""
        return self.sheets.mark(self.written(path))

    def origin(self, path: Path) -> str:
        """Which of the layers a value comes from: `manifest`, `environments.prod`, …."""
        written = self.written(path)
        match written:
            case _ if has_variables(_at(dict(self.sheets.root), written)):
                return "vars"
            case (str(first), str(name), *_) if first == ENVIRONMENTS:
                return f"{ENVIRONMENTS}.{name}"
            case (str(first), *_) if first == DEFAULTS:
                return DEFAULTS
            case (_, _, str(key), *_) if key == MATRIX and path[2:3] != (MATRIX,):
                return MATRIX
            case _:
                return "manifest"


def _at(value: Value, path: Path) -> Value:
    for step in path:
        match value, step:
            case dict(), str():
                value = value.get(step)
            case list(), int() if step < len(value):
                value = value[step]
            case _:
                return None
    return value
