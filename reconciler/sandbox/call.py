"""One request on its way through the simulator, and what every endpoint needs to answer it."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from reconciler.sandbox import fields
from reconciler.sandbox.advance import advance, is_due
from reconciler.sandbox.envelope import Rejected
from reconciler.sandbox.faults import Fault
from reconciler.sandbox.learning import Learner
from reconciler.sandbox.pace import Pace
from reconciler.sandbox.store import Store, clock_offset

Clock = Callable[[], float]
T = TypeVar("T")
PATIENCE = 5.0
"""Seconds that a request waits for jobs to be brought up to date."""


class Api:
    """The simulated service: its store, its clock, its pace."""

    def __init__(self, store: Store, pace: Pace, clock: Clock | None = None) -> None:
        self.store, self.pace = store, pace
        self.learner = Learner(store)
        self._clock: Clock = clock or time.time
        self._advance: asyncio.Task[None] | None = None

    def now(self) -> float:
        """The simulated time in Unix seconds."""
        return self._clock() + clock_offset(self.store)

    async def catch_up(self, now: float) -> None:
        """Write down what changed by itself until now, off the event loop.

        Reading a huge dataset takes longer than a request should wait: then the answer shows the
        job where it was, still in the phase that it is really in.
        """
        deadline = time.monotonic() + PATIENCE
        while is_due(self.store, now) and (left := deadline - time.monotonic()) > 0:
            if self._advance is None or self._advance.done():
                work = asyncio.to_thread(advance, self.store, self.learner, now)
                self._advance = asyncio.create_task(work)
            done, _ = await asyncio.wait({self._advance}, timeout=left)
            for task in done:
                task.result()


class Call(Struct, frozen=True):
    """A request with the ids of its path, the time it is answered at, and the faults on it."""

    request: Request
    ids: tuple[str, ...]
    api: Api
    now: float
    faults: Mapping[str, Fault]

    @property
    def store(self) -> Store:
        """The store of the service."""
        return self.api.store

    async def body(self) -> dict[str, Any]:
        """The JSON object that was sent.

        Raises:
            Rejected: 400 for anything else.
        """
        return fields.json_object(await self.request.body())

    def query(self, name: str) -> str | None:
        """A query parameter, or None."""
        return self.request.query_params.get(name)

    def limit(self, default: int, most: int) -> int:
        """The page size asked for, which a fault may cut short.

        Raises:
            Rejected: 400 for what is not a number from 1 to `most`.
        """
        text = self.query("limit")
        try:
            asked = default if text is None else int(text[:20])
        except ValueError as error:
            raise fields.wrong_type("limit", "an integer", text) from error
        wanted = fields.integer(asked, "limit", least=1, most=most)
        fault = self.faults.get("short_pages")
        return min(wanted, max(1, int(fault.parameters["size"]))) if fault else wanted

    def after(self) -> str | None:
        """The cursor of a page, unless a fault ignores it."""
        return None if "stuck_pages" in self.faults else self.query("after")

    def before(self) -> float | None:
        """The time from which on objects are not listed yet, when lists lag."""
        fault = self.faults.get("lag")
        return self.now - float(fault.parameters["seconds"]) if fault else None


def json_text(text: str) -> Response:
    """An answer that is JSON already."""
    return Response(text.encode("utf-8", "replace"), media_type="application/json")


def json_list(bodies: Sequence[str], **more: str) -> Response:
    """A list answer: the objects and further fields, all JSON text."""
    tail = "".join(f',"{name}":{value}' for name, value in more.items())
    return json_text(f'{{"object":"list","data":[{",".join(bodies)}]{tail}}}')


def forgiving(call: Call, read: Callable[[str | None], T]) -> T:
    """A page after the cursor; the `lost_cursor` fault starts over where the cursor is gone."""
    try:
        return read(call.after())
    except Rejected:
        if "lost_cursor" not in call.faults:
            raise
        return read(None)
