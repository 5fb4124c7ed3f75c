"""One request as a value: nothing in it knows how it is sent."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import quote, urlencode

from reconciler.api.text import clean
from reconciler.errors import Refusal

# Ids are opaque (UUIDs, base64, `ft:` names); only names of models on some servers have slashes.
SEGMENT = r"(?!\.+(?:/|\Z))[A-Za-z0-9_.:=+~@-]+"
ID = re.compile(rf"(?=.{{1,512}}\Z){SEGMENT}(?:/{SEGMENT})*")


class Payload(NamedTuple):
    """A body: its type, its exact length in bytes, and its bytes in blocks."""

    content_type: str
    length: int
    blocks: Iterable[bytes]


class Call(NamedTuple):
    """One request.

    Attributes:
        method: GET, POST or DELETE.
        path: below the base URL, beginning with a slash, its ids quoted (`item`).
        query: names and values, in the order in which they are sent.
        payload: the body, or None.
        op: the intent's id, sent as `Idempotency-Key` on creates. The API promises nothing
            for it; a gateway may.
        seconds: how long a complete answer may take; None is the transport's usual limit.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    payload: Payload | None = None
    op: str | None = None
    seconds: float | None = None

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path


def json_payload(body: Mapping[str, object]) -> Payload:
    """`body` as JSON; the same blocks can be sent again."""
    data = json.dumps(body, allow_nan=False, separators=(",", ":")).encode()
    return Payload("application/json", len(data), (data,))


def item(collection: str, identifier: str, *rest: str, has_slashes: bool = False) -> str:
    """The path of one object; raises `Refusal` when `identifier` could name another path.

    `has_slashes`: ids of this collection may hold slashes, which are then quoted.
    """
    if not is_id(identifier) or ("/" in identifier and not has_slashes):
        raise Refusal(
            f"refused: {clean(identifier, limit=80) or 'an empty text'} is not an id",
            why=f"below {collection} it could name something else; nothing was sent",
        )
    return "/".join((collection, quote(identifier, safe=":"), *rest))


def is_id(value: object) -> bool:
    """Whether `value` can be an id: no text that a path, a query or a line would misread."""
    return isinstance(value, str) and ID.fullmatch(value) is not None
