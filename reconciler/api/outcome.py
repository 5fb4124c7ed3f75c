"""The single place that turns an answer, or the lack of one, into a value or an error.

DONE      2xx with the JSON that was asked for
Refused   400, 401, 403, 404 (NotFound), 413, 422, 429 with the API's JSON error: nothing was done
Unreachable  no connection, or nothing sent on it: nothing was done
Unknown   all else: 408, 409, 3xx, 5xx, no JSON, a broken stream: it may have been done
"""

from http import HTTPStatus

from reconciler.api.call import Call, is_id
from reconciler.api.complaint import Complaint, read_complaint
from reconciler.api.endpoint import Endpoint
from reconciler.api.reply import Json, NotJson, Reply, decode
from reconciler.api.text import clean, without_key
from reconciler.api.words import (
    PATIENCE,
    STILL_PROCESSING,
    THIS_SERVER,
    misunderstood,
    redirected,
    refused,
    where,
)
from reconciler.errors import ApiError, NotFound, Refused, Unknown, Unreachable

# Statuses with which a server that speaks for the API says that it did not act.
REFUSALS = frozenset({400, 401, 403, 404, 413, 422, 429})
REDIRECTS = range(300, 400)
FINAL_QUOTA = frozenset(
    {
        "insufficient_quota",
        "credit_balance_exhausted",
        "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
    }
)
# None of these passes by asking again.
UNTRUSTED_CERTIFICATE = "the certificate is not trusted"
LEFT_IN_TIME = "it was broken off, to leave in time"
TOO_LARGE = "the answer is too large"
FINAL = (UNTRUSTED_CERTIFICATE, LEFT_IN_TIME, TOO_LARGE)

LOOK_FIRST = "run the same command again: it looks for what was made before it makes anything"


def done(endpoint: Endpoint, call: Call, reply: Reply) -> Json:
    """The JSON object of a success; raises what else the answer means."""
    accept(endpoint, call, reply)
    try:
        return decode(without_key(reply.body, endpoint.key))
    except NotJson as cause:
        raise _odd(endpoint, call, reply, str(cause)) from cause


def done_object(endpoint: Endpoint, call: Call, reply: Reply) -> Json:
    """As `done`, for an answer that is one object with an id."""
    answer = done(endpoint, call, reply)
    if not is_id(answer.get("id")):
        raise _odd(endpoint, call, reply, "the object has no usable id")
    return answer


def removed(endpoint: Endpoint, call: Call, reply: Reply) -> None:
    """Raises unless the answer says that the object was deleted; a bodiless 2xx says so.

    Some servers answer with an object that does not say `deleted`.
    """
    if reply.is_success and not reply.body:
        return
    answer = done(endpoint, call, reply)
    if answer.get("deleted", True) is not True or answer.get("error"):
        raise _odd(endpoint, call, reply, "it does not say that the object was deleted")


def accept(endpoint: Endpoint, call: Call, reply: Reply) -> None:
    """Raises what an answer means when its status is not 2xx."""
    if reply.is_success:
        return
    if reply.status in REDIRECTS:
        raise redirected(endpoint, call, reply)
    complaint = read_complaint(reply, endpoint)
    if complaint is None:
        raise misunderstood(endpoint, call, reply)
    raise _complained(endpoint, call, reply, complaint)


def accept_stream(endpoint: Endpoint, call: Call, head: Reply) -> None:
    """As `accept`, for an answer that must be an event stream."""
    accept(endpoint, call, head)
    if head.media_type != "text/event-stream":
        raise _odd(endpoint, call, head, "a stream of events was asked for, and this is none")


def done_event(endpoint: Endpoint, call: Call, data: bytes) -> Json:
    """The JSON object of one event; raises `Unknown` when it tells of an error, or is none."""
    reply = Reply(HTTPStatus.OK, {}, data)
    if complaint := read_complaint(reply, endpoint):
        raise Unknown(
            f"the answer of {endpoint.address.authority} broke off",
            where=where(endpoint, call),
            why=f'"{complaint.message or complaint.code}"',
            cure="run the same command again in a while",
            status=reply.status,
            code=complaint.code,
            param=complaint.param,
        )
    return done(endpoint, call, reply)


def nested_object(endpoint: Endpoint, call: Call, answer: Json, name: str) -> Json:
    """The object called `name` in an answer; raises `Unknown` when there is none with an id."""
    found = answer.get(name)
    if isinstance(found, dict) and is_id(found.get("id")):
        return found
    raise Unknown(
        "the endpoint's answer is not the API's",
        where=where(endpoint, call),
        why=f"it says that all is done, but holds no {name}",
        cure=LOOK_FIRST,
        status=HTTPStatus.OK,
    )


def undone(doubt: Unknown) -> ApiError:
    """A doubt about a request of which nothing can have come that lasts, so it is none."""
    return ApiError(
        doubt.what,
        where=doubt.where,
        why=doubt.why,
        cure="run the same command again; nothing was made",
        status=doubt.status,
        code=doubt.code,
        param=doubt.param,
        retry_after=doubt.retry_after,
    )


def lacking(endpoint: Endpoint, what: str, cure: str) -> ApiError:
    """What this kind of server does not do, as its dialect tells; nothing was sent."""
    return ApiError(
        f"provider kind {endpoint.kind} {what}",
        where=endpoint.base_url,
        why="nothing was sent",
        cure=cure,
    )


def _complained(endpoint: Endpoint, call: Call, reply: Reply, complaint: Complaint) -> ApiError:
    """The error for an answer in which the API itself says what is wrong."""
    outcome = Refused if reply.status in REFUSALS else Unknown
    if reply.status == HTTPStatus.NOT_FOUND:
        outcome = NotFound
    is_final = is_final_quota(complaint.code)
    what, why, cure = refused(endpoint, call, reply, complaint, is_final=is_final)
    return outcome(
        what,
        where=where(endpoint, call, show_key=reply.status == HTTPStatus.UNAUTHORIZED),
        why=why,
        cure=cure,
        status=reply.status,
        code=complaint.code,
        param=complaint.param,
        retry_after=reply.retry_after,
    )


def _odd(endpoint: Endpoint, call: Call, reply: Reply, why: str) -> Unknown:
    return Unknown(
        f"the endpoint's answer is not the API's ({reply.status})",
        where=where(endpoint, call, reply),
        why=why,
        cure=THIS_SERVER,
        status=reply.status,
    )


def unreachable(endpoint: Endpoint, why: str) -> Unreachable:
    """No connection was made, or it was gone before anything was sent."""
    return Unreachable(
        f"cannot reach {endpoint.address.authority}",
        where=endpoint.base_url,
        why=clean(why, secrets=(endpoint.key,)),
        cure="check provider.base_url, the network and HTTPS_PROXY; nothing was sent",
    )


def too_late(endpoint: Endpoint, call: Call) -> Unreachable:
    """The time in which this request may be sent was over before it began."""
    return Unreachable(
        "the request came too late and was not sent",
        where=where(endpoint, call),
        why="the time in which it may be sent was over; nothing was sent",
        cure="run the same command again",
    )


def broken(endpoint: Endpoint, call: Call, why: str) -> Unknown:
    """The request, or a part of it, went out and no whole answer came back."""
    is_whole = why.startswith(TOO_LARGE)  # more of it would be no better
    again = LOOK_FIRST if call.op else "" if is_whole else "run the same command again"
    return Unknown(
        f"no {'usable ' * is_whole}answer from {endpoint.address.authority}",
        where=where(endpoint, call),
        why=clean(why, secrets=(endpoint.key,)),
        cure="; ".join(filter(None, [again, THIS_SERVER * is_whole])),
    )


def is_final_quota(code: str | None) -> bool:
    """Whether a 429 of this code needs a person: asking again cannot help."""
    return code in FINAL_QUOTA


def is_for_now(error: ApiError) -> bool:
    """Whether a 429 is about the number of requests or jobs at this time, and not about money."""
    is_too_much = error.status == HTTPStatus.TOO_MANY_REQUESTS
    return isinstance(error, Refused) and is_too_much and not is_final_quota(error.code)


def is_still_processing(error: ApiError) -> bool:
    """Whether a 400 only says that a file is not ready yet; the API gives no code for it."""
    return error.status == HTTPStatus.BAD_REQUEST and STILL_PROCESSING in error.why


def is_transient(error: ApiError) -> bool:
    """Whether the same request may succeed within the two minutes that are waited at most."""
    if (error.retry_after or 0.0) > PATIENCE:
        return False
    match error:
        case Unreachable() | Unknown(status=None):
            return not any(words in error.why for words in FINAL)
        case ApiError(status=HTTPStatus.TOO_MANY_REQUESTS):
            return not is_final_quota(error.code)
        case _:
            is_server_fault = (error.status or 0) >= HTTPStatus.INTERNAL_SERVER_ERROR
            return is_server_fault or error.status == HTTPStatus.REQUEST_TIMEOUT


def is_certainly_undone(error: ApiError) -> bool:
    """Whether the request did nothing and may succeed a little later: a POST may be repeated."""
    return is_transient(error) and isinstance(error, (Unreachable, Refused))
