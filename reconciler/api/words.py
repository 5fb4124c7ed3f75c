"""How an answer that is not a success is told: what, where, why, cure."""

import re
from http import HTTPStatus
from urllib.parse import urlsplit

from reconciler.api.call import Call
from reconciler.api.complaint import Complaint
from reconciler.api.endpoint import Endpoint
from reconciler.api.reply import Reply
from reconciler.api.text import clean
from reconciler.errors import Unknown

# A 404 without the API's JSON error on one of these means that the path itself is not served.
APIS = {
    "/files": "files",
    "/uploads": "uploads",
    "/fine_tuning/jobs": "fine-tuning",
    "/fine_tuning/alpha/graders/validate": "graders",
    "/models": "models",
    "/chat/completions": "chat",
}
NOUNS = {"/files": "file", "/uploads": "upload", "/fine_tuning/jobs": "job"}
# Longer waits are not waited out, so they are told.
PATIENCE = 120.0
# What the API says in a 400 for a file that it has not read yet; there is no code for it.
STILL_PROCESSING = "still being processed"
THIS_SERVER = "check provider.base_url: is it this server, and does its path end in /v1?"
TAG = re.compile(r"<[^<>]*>")


def where(
    endpoint: Endpoint, call: Call, reply: Reply | None = None, *, show_key: bool = False
) -> str:
    """The request, with the key's source or with what answered when that is the point."""
    place = f"{call.method} {endpoint.base_url}{call.path}"
    if show_key:
        return f"{place}, {endpoint.key_note}"
    return f"{place}: {_looks(reply, endpoint)}" if reply else place


def _looks(reply: Reply, endpoint: Endpoint) -> str:
    """Status, media type and the beginning of the text of an answer."""
    text = " ".join(TAG.sub(" ", reply.body[:4000].decode("utf-8", "replace")).split())
    excerpt = f'"{clean(text, secrets=(endpoint.key,), limit=80)}"' if text else "an empty body"
    return f"{reply.status}, {clean(reply.media_type, limit=40) or 'no type'}, {excerpt}"


def refused(
    endpoint: Endpoint, call: Call, reply: Reply, complaint: Complaint, *, is_final: bool
) -> tuple[str, str, str]:
    """What, why and cure of an answer in which the API says what is wrong."""
    status = f"{reply.status} {complaint.code}" if complaint.code else str(reply.status)
    subject = NOUNS.get(call.path, "request") if call.method == "POST" else "request"
    why = f'"{complaint.message}"' if complaint.message else ""
    cure = _cure(reply, endpoint)
    if subject == "job" and reply.status == HTTPStatus.FORBIDDEN:
        cure += "; OpenAI no longer takes new fine-tuning jobs from every account"
    if STILL_PROCESSING in why:
        cure = "run the same command again once the endpoint has read the file"
    if reply.status == HTTPStatus.UNAUTHORIZED:
        return f"the endpoint refused the key ({status})", why, cure
    if is_final:
        what = f"the endpoint refused the {subject} ({status}); not tried again"
        return what, why, "see to billing and limits at the endpoint"
    if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return f"the endpoint failed ({status})", why, cure
    return f"the endpoint refused the {subject} ({status})", why, cure


def _cure(reply: Reply, endpoint: Endpoint) -> str:
    if reply.retry_after is not None and reply.retry_after > PATIENCE:
        return f"the endpoint asks to wait {reply.retry_after:.0f} s; run the same command then"
    match reply.status:
        case 401:
            source = endpoint.key_source
            return f"set {source} to a key of this endpoint; see reconciler doctor"
        case 403:
            return "check the key's permissions, organization and project"
        case 413:
            return "split the dataset, or use an endpoint that takes larger files"
        case 429 | 408 | 409 | 500 | 502 | 503 | 504:
            return "run the same command again in a while"
        case _:
            return ""


def misunderstood(endpoint: Endpoint, call: Call, reply: Reply) -> Unknown:
    """An error status without the API's JSON error: a gateway, or a path that is not served."""
    what = f"the endpoint's answer is not the API's ({reply.status})"
    why = "an error without the API's JSON: a gateway or another server spoke"
    cure = THIS_SERVER
    if reply.status == HTTPStatus.NOT_FOUND and call.path in APIS:
        what = f"this endpoint has no {APIS[call.path]} API"
        why = "this path is not served there"
        cure = "check provider.base_url (does it end in /v1?), or use an endpoint that has it; "
        cure += "reconciler doctor lists what this one offers"
    return Unknown(
        what,
        where=where(endpoint, call, reply),
        why=why,
        cure=cure,
        status=reply.status,
        retry_after=reply.retry_after,
    )


def redirected(endpoint: Endpoint, call: Call, reply: Reply) -> Unknown:
    """An answer that points elsewhere; it is not followed, for the key would go there too."""
    host = _host(reply.headers.get("location", ""))
    return Unknown(
        f"the endpoint redirects ({reply.status}), which is not followed",
        where=where(endpoint, call),
        why=f"it points to {clean(host, limit=80) or 'nowhere'}; a key is sent to no other place",
        cure="set provider.base_url to the address that it points to, if that is right",
        status=reply.status,
    )


def _host(location: str) -> str:
    try:
        return urlsplit(location).hostname or location
    except ValueError:
        return location
