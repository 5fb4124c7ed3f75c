"""What the verbs of every resource share: asking, walking, dialling."""

from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from reconciler.api.call import Call
from reconciler.api.outcome import (
    accept,
    done,
    done_object,
    is_certainly_undone,
    is_transient,
    removed,
)
from reconciler.api.paging import items, walk
from reconciler.api.reply import Json
from reconciler.api.retry import Patience, insist
from reconciler.api.tap import Tap
from reconciler.api.words import where
from reconciler.errors import NotFound, Unsettled

if TYPE_CHECKING:
    from reconciler.api.line import Line
    from reconciler.api.transport import Transport

Blocks: TypeAlias = Generator[bytes, None, None]


class Caller:
    """Calls that may be repeated, over one transport; the base of the verbs."""

    def __init__(self, transport: "Transport", patience: Patience) -> None:
        self.transport = transport
        self.endpoint = transport.endpoint
        self.dialect = transport.endpoint.dialect
        self._patience = patience

    def dial(self) -> "Line":
        """A fresh connection for one create; asked for again while none can be made.

        Raises `Unreachable`; in no case anything was sent.
        """
        return insist(self.transport.dial, self._patience)

    def now(self) -> int | None:
        """Unix seconds by the API's own clock, or None before its first answer."""
        return self.transport.now()

    def wall(self) -> float:
        """This machine's own Unix seconds, which may be wrong."""
        return self.transport.wall()

    def ask(self, call: Call) -> Json:
        """The JSON of a GET, tried again while that may help."""
        return insist(
            lambda: done(self.endpoint, call, self.transport.request(call)), self._patience
        )

    def ask_object(self, call: Call) -> Json:
        """As `ask`, for an answer that is one object with an id."""
        return insist(lambda: self._object(call), self._patience)

    def act(self, call: Call) -> Json:
        """The object that a POST answers with; tried again only if it certainly did nothing.

        Each try has a connection of its own: on a kept one, that the server closed it would
        be a doubt.
        """
        return insist(lambda: self._once(call), self._patience, retries=is_certainly_undone)

    def walk(
        self, call: Call, *, of: str, limit: int | None, unpaged: bool = False
    ) -> Iterator[list[Json]]:
        """The pages of the list that `call` asks for; raises as `paging.walk`.

        `unpaged`: the API gives this list whole, so a missing `has_more` is its end.
        """

        def page(cursor: str | None, size: int | None) -> Json:
            after = (("after", cursor),) if cursor else ()
            count = (("limit", str(size)),) if size else ()
            return self.ask(call._replace(query=(*call.query, *count, *after)))

        ends = unpaged or self.dialect.ends_without_has_more
        try:
            yield from walk(page, of=of, limit=limit, ends_without_has_more=ends)
        except Unsettled as error:
            error.where = where(self.endpoint, call)
            raise

    def newest(self, call: Call, *, of: str, limit: int, after: str | None = None) -> list[Json]:
        """The first `limit` items of a list, or of those behind the item `after`; one request.

        Raises `Unsettled` when the answer is no page.
        """
        cursor = (("after", after),) if after else ()
        query = (*call.query, ("limit", str(limit)), *cursor)
        # Some servers know no limit and answer with everything.
        return items(self.ask(call._replace(query=query)), of)[:limit]

    def remove(self, call: Call) -> None:
        """Carries out a DELETE; what is already gone is removed."""
        with suppress(NotFound):
            insist(
                lambda: removed(self.endpoint, call, self.transport.request(call)), self._patience
            )

    def stream(self, call: Call, sink: BinaryIO) -> int:
        """Writes the body of a GET into `sink` and returns its length in bytes.

        Tried again only while nothing was written.
        """
        tap = Tap(sink)
        insist(
            lambda: accept(self.endpoint, call, self.transport.request(call, tap.write)),
            self._patience,
            retries=lambda error: tap.size == 0 and is_transient(error),
        )
        return tap.size

    def flow(self, call: Call) -> Blocks:
        """The body of an event stream in blocks as it comes; raises as `Transport.flow`.

        Asked for again only while nothing came. Closing it closes the connection.
        """
        first, rest = insist(lambda: _begun(self.transport.flow(call)), self._patience)
        with closing(rest):
            yield first
            yield from rest

    def _once(self, call: Call) -> Json:
        with self.transport.dial() as line:
            return line.send(call)

    def _object(self, call: Call) -> Json:
        return done_object(self.endpoint, call, self.transport.request(call))


def _begun(blocks: Blocks) -> tuple[bytes, Blocks]:
    """The first block, which may be none at all, and the rest."""
    return next(blocks, b""), blocks
