"""The API's own JSON error, read from an answer."""

from typing import NamedTuple

from reconciler.api.endpoint import Endpoint
from reconciler.api.reply import Json, NotJson, Reply, decode
from reconciler.api.text import clean


class Complaint(NamedTuple):
    """What the API says is wrong; every text is safe to show."""

    message: str
    code: str | None
    param: str | None


def read_complaint(reply: Reply, endpoint: Endpoint) -> Complaint | None:
    """The error in `reply`, or None when it is not the API that speaks.

    The shape is `{"error": {"message", "type", "param", "code"}}`; servers leave out all but
    one of message and code. A gateway's own JSON (`{"detail": …}`, `{"error": "…"}`) is none.
    """
    try:
        error = decode(reply.body).get("error")
    except NotJson:
        return None
    if not isinstance(error, dict):
        return None
    message, code = _text(error, "message", endpoint), _code(error, endpoint)
    if not (message or code):
        return None
    return Complaint(message or "", code, _text(error, "param", endpoint))


def _code(error: Json, endpoint: Endpoint) -> str | None:
    # Quota errors are told by type on some servers, with no code.
    kind = _text(error, "type", endpoint)
    return _text(error, "code", endpoint) or (kind if kind == "insufficient_quota" else None)


def _text(error: Json, name: str, endpoint: Endpoint) -> str | None:
    value = error.get(name)
    if not isinstance(value, str) or not value:
        return None
    return clean(value, secrets=(endpoint.key,))
