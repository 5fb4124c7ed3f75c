"""A fresh connection for one request that must not be sent twice."""

from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from reconciler.api.call import Call, json_payload
from reconciler.api.multipart import Upload, form
from reconciler.api.outcome import done_object, too_late, unreachable
from reconciler.api.reply import Json

if TYPE_CHECKING:
    from reconciler.api.transport import Transport
    from reconciler.api.wire import Wire


def always() -> bool:
    """Sending is never too late."""
    return True


class Line:
    """One connection, made before the intent is written; it carries one request at most.

    `may_send` is asked just before the first byte: when it says no (the intent's time is over)
    `Unreachable` is raised and nothing was sent. Whatever it raises passes through likewise.
    """

    def __init__(self, transport: "Transport", wire: "Wire") -> None:
        self._transport = transport
        self._wire = wire
        self._is_spent = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connection."""
        self._wire.close()

    def create_job(self, body: Json, *, op: str, may_send: Callable[[], bool] = always) -> Json:
        """The job that `POST /fine_tuning/jobs` made of `body`; raises as `send`."""
        return self.send(Call("POST", "/fine_tuning/jobs", (), json_payload(body), op), may_send)

    def create_file(
        self, upload: Upload, *, op: str, may_send: Callable[[], bool] = always
    ) -> Json:
        """The file that `POST /files` made of `upload`; raises as `send`.

        Raises:
            Refusal: the file's bytes are not the planned ones; the request was broken off.
        """
        return self.send(Call("POST", "/files", (), form(upload), op), may_send)

    def send(self, call: Call, may_send: Callable[[], bool] = always) -> Json:
        """Sends `call`, once, and returns the object that was made.

        Raises:
            Refused: the API said no; nothing was made.
            Unreachable: nothing was sent.
            Unknown: it may have been made or not. It must not be sent again: look it up.
            RuntimeError: this line was used before, which is a bug.
        """
        if self._is_spent:
            raise RuntimeError("a line carries one request")
        self._is_spent = True
        endpoint = self._transport.endpoint
        with self:
            if not self._wire.is_quiet():
                raise unreachable(endpoint, "the endpoint closed the connection before it was used")
            if not may_send():
                raise too_late(endpoint, call)
            reply = self._transport.exchange(self._wire, call)
        return done_object(endpoint, call, reply)
