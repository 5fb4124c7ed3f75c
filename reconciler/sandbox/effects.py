"""What faults do to answers: canned ones, edited ones, and connections that are cut."""

import asyncio
import json
from fnmatch import fnmatchcase
from typing import Any

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from reconciler.sandbox.envelope import Rejected
from reconciler.sandbox.faults import KINDS, Fault
from reconciler.sandbox.odd_shapes import distort


class Cut(Exception):
    """The connection is to be cut, with some of the answer's bytes sent or none."""

    def __init__(self, response: Response | None = None) -> None:
        super().__init__("cut")
        self.response = response


def refusal(rejected: Rejected) -> Response:
    """The answer to a request that is refused."""
    return Response(
        rejected.body(),
        status_code=rejected.status,
        headers=rejected.headers,
        media_type="application/json",
    )


def answers_instead(fault: Fault) -> bool:
    """Whether a fault answers before the endpoint could."""
    return KINDS[fault.kind].stage == "before" and "status" in fault.parameters


def answers_after(fault: Fault) -> bool:
    """Whether a fault answers once the request was carried out."""
    return KINDS[fault.kind].stage == "after" and "status" in fault.parameters


def canned(fault: Fault) -> Response:
    """The answer of a fault that has one."""
    given = fault.parameters
    headers = {str(name): str(value) for name, value in given["headers"].items()}
    if given["retry_after"] is not None:
        headers["retry-after"] = str(given["retry_after"])
    status, message = int(given["status"]), str(given["message"])
    if fault.kind.startswith("html"):
        return Response(message, status, headers, "text/html")
    rejected = Rejected(
        message, status=status, kind=given["type"], code=given["code"], headers=headers
    )
    return refusal(rejected)


def after(response: Response, active: dict[str, Fault]) -> Response:
    """The answer that is sent once the request was carried out.

    Raises:
        Cut: a fault cuts the connection.
    """
    for name, fault in active.items():
        if name in ("cut_after", "cut_answer"):
            raise Cut(response if name == "cut_answer" else None)
        if answers_after(fault):
            return canned(fault)
    edits = [fault for name, fault in active.items() if KINDS[name].stage == "answer"]
    if edits and response.media_type == "application/json":
        return _edited(response, edits)
    return response


def _edited(response: Response, edits: list[Fault]) -> Response:
    body: dict[str, Any] = json.loads(bytes(response.body))
    for fault in edits:
        _edit(body, fault)
    return Response(json.dumps(body), response.status_code, media_type="application/json")


def _edit(body: dict[str, Any], fault: Fault) -> None:
    listed = body.get("data")
    if fault.kind == "empty_page" and listed is not None:
        body |= {"data": [], "has_more": True}
    for each in [*listed, body] if isinstance(listed, list) else [body]:
        _edit_object(each, fault)


def _edit_object(body: dict[str, Any], fault: Fault) -> None:
    match fault.kind:
        case "odd_shapes":
            distort(body)
        case "unknown_status" if "status" in body:
            body["status"] = fault.parameters["status"]
        case "shutdown" if fnmatchcase(str(body.get("id")), fault.parameters["model"]):
            body["shutdown_date"] = fault.parameters["date"]
        case "unknown_fields":
            body["x_sandbox_unknown"] = {"nested": [None, 1, "two"]}
        case "dropped_fields":
            for name in fault.parameters["fields"]:
                body.pop(name, None)
        case _:
            pass


async def _first_bytes(response: Response) -> bytes:
    if isinstance(response, StreamingResponse):
        chunk = await anext(aiter(response.body_iterator))
        return chunk.encode() if isinstance(chunk, str) else bytes(chunk)
    return bytes(response.body)


async def cut_off(cut: Cut, scope: Scope, receive: Receive, send: Send) -> None:
    """Cut the connection; after the first half of the body if there is a response."""
    if cut.response is not None:
        body = await _first_bytes(cut.response)
        start = {"type": "http.response.start", "status": cut.response.status_code}
        await send(start | {"headers": cut.response.raw_headers})
        half = body[: len(body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await asyncio.sleep(0.01)  # the half must be on its way before the cut
    scope["state"]["cut"]()
    while (await receive())["type"] != "http.disconnect":
        pass
