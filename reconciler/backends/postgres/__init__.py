"""The state in PostgreSQL: a row an owner, its journal and its history beside it."""

from collections.abc import Mapping

from reconciler.backends.backend import Backend
from reconciler.backends.place import Place
from reconciler.extras import needs_extra


def open_place(place: Place, environ: Mapping[str, str]) -> Backend:
    """The backend at `place`; the server is asked nothing yet."""
    with needs_extra("postgres"):
        from reconciler.backends.postgres.backend import PostgresBackend  # noqa: PLC0415  # an extra
    return PostgresBackend(place, environ)
