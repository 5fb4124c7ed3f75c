"""The ASGI application: it counts a request, lets faults act, finds the endpoint, sends the answer.

The order is: count, key, faults before the effect, endpoint, faults after it and in the answer.
"""

import asyncio
import logging
import time
from email.utils import formatdate

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from reconciler.sandbox import faults
from reconciler.sandbox.call import Api, Call
from reconciler.sandbox.effects import Cut, after, answers_instead, canned, cut_off, refusal
from reconciler.sandbox.envelope import Rejected
from reconciler.sandbox.faults import Fault
from reconciler.sandbox.identity import ORGANISATION, fresh
from reconciler.sandbox.routing import UNROUTED, Place, endpoint, locate
from reconciler.sandbox.store import Store, advance_clock

_API_VERSION = "2020-10-01"
_log = logging.getLogger("reconciler.sandbox")


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
            await cut_off(cut, scope, receive, send)
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
            return refusal(rejected)
        except (Cut, ClientDisconnect):
            raise
        except Exception:  # noqa: BLE001 - a bug here must answer, and be seen in the log
            _log.exception("the simulator failed on %s %s", request.method, request.url.path)
            return refusal(Rejected("The simulator failed.", status=500, kind="server_error"))

    async def _routed(self, request: Request) -> Response:
        method, path = request.method, request.scope["path"]
        place = locate(path)
        if path.startswith("/sandbox"):
            call = Call(request, place.ids, self._api, self._api.now(), {})
            return await endpoint(place, method, path)(call)
        _count(self._api.store, method, place)
        active = faults.take(self._api.store, method, path)
        _check_key(request)
        if "latency" in active:
            await request.body()  # whoever hangs up while it waits does not stop it
        instead = await self._before(active)
        if instead is not None:
            return instead
        response = await self._carry_out(request, method, path, active)
        await _wait(active.get("latency_after"))
        return after(response, active)

    async def _before(self, active: dict[str, Fault]) -> Response | None:
        """What faults do first; an answer if one of them answers instead of the endpoint."""
        await _wait(active.get("latency"))
        if leap := active.get("leap"):
            advance_clock(self._api.store, float(leap.parameters["seconds"]))
        if meddle := active.get("meddle"):
            await self._meddle(str(meddle.parameters["method"]), str(meddle.parameters["path"]))
        if "cut" in active:
            raise Cut
        answers = (fault for fault in active.values() if answers_instead(fault))
        return next(map(canned, answers), None)

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


async def _wait(latency: Fault | None) -> None:
    if latency:
        await asyncio.sleep(float(latency.parameters["seconds"]))


async def _nothing() -> Message:
    """The body of a request that has none."""
    return {"type": "http.request", "body": b"", "more_body": False}


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
