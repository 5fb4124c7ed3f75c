"""Every endpoint of the simulator: its path, its methods and the function that answers."""

import re
from collections.abc import Awaitable, Callable, Mapping

from msgspec import Struct
from starlette.responses import Response

from reconciler.sandbox import (
    routes_chat,
    routes_control,
    routes_files,
    routes_jobs,
    routes_models,
    routes_uploads,
)
from reconciler.sandbox.call import Call
from reconciler.sandbox.envelope import Rejected

Endpoint = Callable[[Call], Awaitable[Response]]

_JOB = "/v1/fine_tuning/jobs/{id}"
ROUTES: Mapping[str, Mapping[str, Endpoint]] = {
    "/v1/files": {"GET": routes_files.index, "POST": routes_files.create},
    "/v1/files/{id}": {"GET": routes_files.retrieve, "DELETE": routes_files.delete},
    "/v1/files/{id}/content": {"GET": routes_files.content},
    "/v1/uploads": {"POST": routes_uploads.create},
    "/v1/uploads/{id}/parts": {"POST": routes_uploads.add_part},
    "/v1/uploads/{id}/complete": {"POST": routes_uploads.complete},
    "/v1/uploads/{id}/cancel": {"POST": routes_uploads.cancel},
    "/v1/fine_tuning/jobs": {"GET": routes_jobs.index, "POST": routes_jobs.create},
    _JOB: {"GET": routes_jobs.retrieve},
    f"{_JOB}/cancel": {"POST": routes_jobs.cancel},
    f"{_JOB}/pause": {"POST": routes_jobs.pause},
    f"{_JOB}/resume": {"POST": routes_jobs.resume},
    f"{_JOB}/events": {"GET": routes_jobs.events},
    f"{_JOB}/checkpoints": {"GET": routes_jobs.checkpoints},
    "/v1/fine_tuning/alpha/graders/validate": {"POST": routes_jobs.validate_grader},
    "/v1/models": {"GET": routes_models.index},
    "/v1/models/{name}": {"GET": routes_models.retrieve, "DELETE": routes_models.delete},
    "/v1/chat/completions": {"POST": routes_chat.create},
    "/sandbox/ledger": {"GET": routes_control.ledger},
    "/sandbox/clock": {"POST": routes_control.clock},
    "/sandbox/faults": {
        "GET": routes_control.faults_shown,
        "POST": routes_control.faults_on,
        "DELETE": routes_control.faults_off,
    },
}
UNROUTED = "(no such endpoint)"


def _pattern(path: str) -> re.Pattern[str]:
    # A model's name may hold anything, also slashes; an id may not.
    return re.compile(path.replace("{id}", "([^/]+)").replace("{name}", "(.+)"), re.DOTALL)


_PATTERNS = tuple((path, _pattern(path)) for path in ROUTES)


class Place(Struct, frozen=True):
    """Where a path leads: the path of ROUTES, and the ids in it."""

    path: str
    ids: tuple[str, ...] = ()


def locate(path: str) -> Place:
    """The place of a path; UNROUTED when it leads nowhere."""
    for route, pattern in _PATTERNS:
        if found := pattern.fullmatch(path):
            return Place(route, found.groups())
    return Place(UNROUTED)


def endpoint(place: Place, method: str, path: str) -> Endpoint:
    """The function that answers a request.

    Raises:
        Rejected: 404 for a path that leads nowhere, 405 for another method.
    """
    methods = ROUTES.get(place.path)
    if methods is None:
        raise Rejected(f"Invalid URL ({method} {path})", status=404)
    if method not in methods:
        raise Rejected(
            f"Not allowed to {method} on {path} (HINT: Perhaps you meant to use a different HTTP"
            " method?)",
            status=405,
            headers={"allow": ", ".join(methods)},
        )
    return methods[method]
