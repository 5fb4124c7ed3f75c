"""An endpoint in memory: the real client from its verbs down to one exchange, which is given.

An input is the answer to what asks for its kind; everything else is answered as it should be.
"""

import zlib
from collections.abc import Callable, Iterator
from functools import cache
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from reconciler.api import Api
from reconciler.api.endpoint import Endpoint
from reconciler.api.reply import Reply
from reconciler.api.retry import Patience
from reconciler.api.transport import Transport
from reconciler.core.owner import Owner
from reconciler.core.resource import Live
from reconciler.kinds import BY_NAME
from tests.reliability import samples
from tests.support.canary import KEY

FOLDER = TemporaryDirectory()
"""What a whole process needs on disk."""

ENDPOINT = Endpoint("compatible", samples.PLACE[0], None, None, KEY, "OPENAI_API_KEY")
OWNERS = (Owner("demo"),)

ROUTES = {
    ("GET", "/fine_tuning/jobs"): "jobs",
    ("POST", "/fine_tuning/jobs"): "job",
    ("GET", "/files"): "files",
    ("POST", "/files"): "file",
    ("GET", "/models"): "models",
    ("POST", "/chat/completions"): "chat",
}
"""Method and path → the kind of the answer."""

ENDS = {"events": "events", "checkpoints": "checkpoints", "content": "content"}
"""The same of longer paths, by their last part."""

BEGINS = {"fine_tuning": "job", "files": "file", "models": "model", "uploads": "upload"}
"""The same of all others, by their first one."""

STATUSES = (400, 401, 403, 404, 408, 409, 413, 422, 429, 500, 503, 302, 204, 299)
DATES = (
    *("Fri, 20 Nov 2026 14:02:08 GMT", "", "0", "Fri, 99 Foo 9999999 99:99:99 GMT"),
    *("Mon, 1 Jan 0001 00:00:00 +9999", "Sat, 31 Dec 9999 23:59:59 -9999"),
)
WAITS = (
    *("", "1", "-5", "nan", "inf", "1e400", "99999999999999999999", "soon"),
    "Fri, 20 Nov 2026 14:02:09 GMT",
)


def kind_of(method: str, path: str) -> str:
    """Of the answer to a request."""
    parts = path.split("/")
    return ROUTES.get((method, path)) or ENDS.get(parts[-1]) or BEGINS[parts[1]]


class GivenWire:
    """A connection on which each exchange is answered from memory."""

    is_open = True

    def __init__(self, answer: Callable[[str, str], Reply]) -> None:
        self._answer = answer

    def is_quiet(self) -> bool:
        return True

    def close(self) -> None:
        """Nothing is open."""

    def exchange(self, request: Any, seconds: Any, sink: Any = None) -> Reply:
        for _ in request.blocks or ():
            pass
        reply = self._answer(request.method, _path(request))
        if sink is None or not reply.is_success:
            return reply
        sink(reply.body)
        return Reply(reply.status, reply.headers, b"")

    def flow(self, request: Any, seconds: Any, judge: Any) -> Iterator[bytes]:
        reply = self._answer(request.method, _path(request))
        head = {"content-type": "text/event-stream"}
        judge(Reply(reply.status, head, b"" if reply.is_success else reply.body))
        yield reply.body


def _path(request: Any) -> str:
    path: str = request.target.partition("?")[0]
    return path.removeprefix("/v1")


class GivenTransport(Transport):
    """The real one, whose connections are given."""

    def __init__(self, answer: Callable[[str, str], Reply]) -> None:
        super().__init__(ENDPOINT)
        self._given = answer

    def _connect(self) -> Any:
        return GivenWire(self._given)


def api_with(kind: str, data: bytes) -> Api:
    """A client of an endpoint that answers so where this kind is asked for.

    What else is odd about the answer follows from `data`, too. An `error` comes whatever is asked.
    """
    chance = Random(zlib.crc32(data))
    is_odd = kind == "error" or chance.random() < 0.3
    status = chance.choice(STATUSES) if is_odd else 200
    headers = {"date": chance.choice(DATES), "retry-after": chance.choice(WAITS)}

    def answer(method: str, path: str) -> Reply:
        asked = kind_of(method, path)
        is_given = kind in (asked, "error")
        return Reply(status, headers, data) if is_given else Reply(200, {}, valid(asked))

    return Api(GivenTransport(answer), patient())


def patient() -> Patience:
    """Waits that take no time, and end."""
    waited: list[float] = []
    return Patience(pause=waited.append, clock=lambda: sum(waited), jitter=lambda: 0.5)


@cache
def valid(kind: str) -> bytes:
    """An answer as it should be."""
    return samples.BODY if kind == "content" else samples.answers(kind)[0]


@cache
def live() -> Live:
    """What the endpoint has, as the kinds see it."""
    api = api_with("nothing", b"")
    seen = (one for kind in BY_NAME.values() for one in kind.observe(api, OWNERS))
    return Live({one.id: one for one in seen}, date=1_764_000_200)
