"""The state in an object store, or in a folder that is used like one."""

from collections.abc import Mapping

from reconciler.backends.backend import Backend
from reconciler.backends.objects.backend import ObjectsBackend
from reconciler.backends.objects.files import FileStore
from reconciler.backends.place import Place
from reconciler.extras import needs_extra


def open_place(place: Place, environ: Mapping[str, str]) -> Backend:
    """The backend at `place`; the store is asked nothing yet."""
    if place.scheme == "file":
        return ObjectsBackend(FileStore(place.folder, place.name), place.name, is_remote=False)
    with needs_extra("objectstore"):
        from reconciler.backends.objects.obstores import ObjectStore  # noqa: PLC0415  # an extra
    return ObjectsBackend(ObjectStore(place, environ), place.name, is_remote=True)
