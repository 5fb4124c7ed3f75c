"""The ASGI application: it counts a request, lets faults act, finds the endpoint, sends the answer.

The order is: count, what others do just before, faults instead of an answer, key, endpoint,
faults after the effect, faults in the answer.
"""

import asyncio
import json
import logging
import time
from email.utils import formatdate
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from reconciler.sandbox import faults
from reconciler.sandbox.call import Api, Call
from reconciler.sandbox.envelope import Rejected
from reconciler.sandbox.faults import KINDS, Fault
from reconciler.sandbox.identity import ORGANISATION, fresh
from reconciler.sandbox.routing import UNROUTED, Place, endpoint, locate
from reconciler.sandbox.store import Store, advance_clock

_API_VERSION = "2020-10-01"
_log = logging.getLogger("reconciler.sandbox")


class Cut(Exception):
    """The connection is to be cut, with some of the answer's bytes sent or none."""

    def __init__(self, response: Response | None = None) -> None:
        super().__init__("cut")
        self.response = response


class Gate:
    """The application for one service."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        began = time.perf_counter()
        try:
            response = await self._answer(Request(scope, receive))
        except ClientDisconnect:
            return
        except Cut as cut:
            await _cut(cut, scope, receive, send)
            return
        self._sign(response, time.perf_counter() - began)
        await response(scope, receive, send)

    def _sign(self, response: Response, seconds: float) -> None:
        """Set the headers that every answer of the API has."""
        response.headers.update(
            {
                "date": formatdate(self._api.now(), usegmt=True),
                "x-request-id": fresh("req_", 32),
                "openai-processing-ms": str(int(seconds * 1000)),
                "openai-version": _API_VERSION,
                "openai-organization": ORGANISATION,
            }
        )

    async def _answer(self, request: Request) -> Response:
        try:
            return await self._routed(request)
        except Rejected as rejected:
            return _refusal(rejected)
        except (Cut, ClientDisconnect):
            raise
        except Exception:  # noqa: BLE001 - a bug here must answer, and be seen in the log
            _log.exception("the simulator failed on %s %s", request.method, request.url.path)
            return _refusal(Rejected("The simulator failed.", status=500, kind="server_error"))

    async def _routed(self, request: Request) -> Response:
        method, path = request.method, request.scope["path"]
        place = locate(path)
        if path.startswith("/sandbox"):
            call = Call(request, place.ids, self._api, self._api.now(), {})
            return await endpoint(place, method, path)(call)
        _count(self._api.store, method, place)
        active = faults.take(self._api.store, method, path)
        _check_key(request)
        await self._before(active)
        response = await self._carry_out(request, method, path, active)
        return _after(response, active)

    async def _before(self, active: dict[str, Fault]) -> None:
        if latency := active.get("latency"):
            await asyncio.sleep(float(latency.parameters["seconds"]))
        if leap := active.get("leap"):
            advance_clock(self._api.store, float(leap.parameters["seconds"]))
        if meddle := active.get("meddle"):
            await self._meddle(str(meddle.parameters["method"]), str(meddle.parameters["path"]))
        if "cut" in active:
            raise Cut
        for name, fault in active.items():
            if KINDS[name].stage == "before" and "status" in fault.parameters:
                raise _Instead(_canned(fault))

    async def _meddle(self, method: str, path: str) -> None:
        """Carry out someone else's request; what comes of it is no matter here."""
        scope = {"type": "http", "method": method, "path": path, "headers": [], "query_string": b""}
        try:
            await self._carry_out(Request(scope, _nothing), method, path, {})
        except Rejected as rejected:
            _log.debug("meddling was refused: %s", rejected)

    async def _carry_out(
        self, request: Request, method: str, path: str, active: dict[str, Fault]
    ) -> Response:
        place = locate(path)
        answer = endpoint(place, method, path)
        now = self._api.now()
        await self._api.catch_up(now)
        return await answer(Call(request, place.ids, self._api, now, active))


async def _nothing() -> Message:
    """The body of a request that has none."""
    return {"type": "http.request", "body": b"", "more_body": False}


class _Instead(Rejected):
    """An answer that a fault gives instead of the endpoint."""

    def __init__(self, response: Response) -> None:
        super().__init__("a fault answered")
        self.response = response


def _refusal(rejected: Rejected) -> Response:
    if isinstance(rejected, _Instead):
        return rejected.response
    return Response(
        rejected.body(),
        status_code=rejected.status,
        headers=rejected.headers,
        media_type="application/json",
    )


def _count(store: Store, method: str, place: Place) -> None:
    route = place.path if place.path == UNROUTED else f"{method} {place.path}"
    with store.writing() as db:
        db.execute(
            "INSERT INTO requests VALUES (?, 1)"
            " ON CONFLICT (route) DO UPDATE SET count = count + 1",
            (route,),
        )


def _check_key(request: Request) -> None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise Rejected(
            "You didn't provide an API key. You need to provide your API key in an Authorization"
            " header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
            status=401,
        )


def _canned(fault: Fault) -> Response:
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
    return _refusal(rejected)


def _after(response: Response, active: dict[str, Fault]) -> Response:
    for name, fault in active.items():
        if KINDS[name].stage == "after":
            if name.startswith("cut"):
                raise Cut(response if name == "cut_answer" else None)
            return _canned(fault)
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
    objects = [*listed, body] if isinstance(listed, list) else [body]
    match fault.kind:
        case "empty_page":
            body |= {"data": [], "has_more": True}
        case "unknown_status":
            for each in objects:
                if "status" in each:
                    each["status"] = fault.parameters["status"]
        case "unknown_fields":
            for each in objects:
                each["x_sandbox_unknown"] = {"nested": [None, 1, "two"]}
        case _:  # dropped_fields
            for each in objects:
                for name in fault.parameters["fields"]:
                    each.pop(name, None)


async def _first_bytes(response: Response) -> bytes:
    if isinstance(response, StreamingResponse):
        chunk = await anext(aiter(response.body_iterator))
        return chunk.encode() if isinstance(chunk, str) else bytes(chunk)
    return bytes(response.body)


async def _cut(cut: Cut, scope: Scope, receive: Receive, send: Send) -> None:
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
