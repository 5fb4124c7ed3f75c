"""What can go wrong with one request: the bytes of each fault, and what each call is told of it.

TABLE is the contract. Its columns are calls of one nature: `create` (paid, or an upload: sent once,
whatever comes), `act` (a cancellation, a pause: sent again only if it certainly did nothing), `get`
and `ask` (repeatable; the second wants no id), `list` and `walk` (one page, and all), `delete`.
"""

import gzip
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.api.wire import Limits
from reconciler.errors import ApiError, NotFound, Refused, Unknown, Unreachable, Unsettled
from tests.support.canary import KEY
from tests.support.scripted import (
    ELSEWHERE,
    Act,
    Peer,
    Received,
    answer,
    complaint,
    drip,
    http,
    page,
    raw,
    reset,
    stall,
    tls_break,
)

JSON = "Content-Type: application/json"
CREATED = {"id": "ftjob-1", "object": "fine_tuning.job", "status": "queued"}
SIZE = len(http(200, json.dumps(CREATED).encode(), [JSON]))
"""Bytes of the answer to a create."""

PATIENT = Limits(connect=5.0, answer=5.0, body=4096)
IMPATIENT = Limits(connect=5.0, answer=0.03, body=4096)
HURRIED = Limits(connect=0.06, answer=5.0)

OUTCOMES: Mapping[str, type[Exception] | None] = {
    "D": None,  # done
    "R": Refused,
    "N": NotFound,
    "U": Unknown,
    "X": Unreachable,
    "I": Unsettled,  # an incomplete list
}


@dataclass(frozen=True)
class Cell:
    """How a call ends, and how often it was sent until then."""

    error: type[Exception] | None
    sent: int

    @classmethod
    def parse(cls, text: str) -> "Cell":
        """A letter of OUTCOMES, and a number where it is not 1; without a connection it is 0."""
        return cls(OUTCOMES[text[0]], 0 if text == "X" else int(text[1:] or 1))


@dataclass(frozen=True)
class Fault:
    """What a server does with each request.

    Attributes:
        kind: how the server stands there: it `serves`, in the clear or with TLS (`secure`), or
            with TLS that is wanted and not there (`bare`); or it takes no connection (`deaf`).
        cells: by column of TABLE.
    """

    name: str
    act: Act
    cells: Mapping[str, Cell]
    limits: Limits = PATIENT
    kind: str = "serves"

    def __str__(self) -> str:
        return self.name


def proper(peer: Peer) -> Any:
    """What the API would answer, or did where there is one behind the fault."""
    if peer.given:
        return json.loads(peer.given)
    request = peer.request
    path = request.target.partition("?")[0]
    *_, last = path.split("/")
    if request.method == "DELETE":
        return {"id": last, "deleted": True}
    if request.method == "GET" and last in ("files", "jobs", "models", "events"):
        return {"object": "list", "data": [{"id": "x-1"}], "has_more": False}
    return CREATED


def whole(peer: Peer, *headers: str, status: int = 200) -> bytes:
    """The same as the bytes of an answer."""
    return http(status, json.dumps(proper(peer)).encode(), [JSON, *headers])


def bent(change: Callable[[bytes], bytes], *, goes_on: bool = False) -> Act:
    """The proper answer, its bytes changed; then FIN, unless the connection goes on."""
    return Act(lambda peer: raw(change(whole(peer)), goes_on=goes_on).do(peer))


def broken(part: Callable[[bytes], bytes]) -> Act:
    """A part of the proper answer; then RST."""
    return Act(lambda peer: reset(after=part(whole(peer))).do(peer))


def retold(change: Callable[[Any], object]) -> Act:
    """The proper answer, its JSON changed."""
    return Act(lambda peer: answer(200, change(proper(peer))).do(peer))


def noted(*headers: str, status: int = 200) -> Act:
    """The proper answer under another status or with more headers."""
    return Act(lambda peer: raw(whole(peer, *headers, status=status)).do(peer))


def halting(part: Callable[[bytes], bytes]) -> Act:
    """A part of the proper answer, and then nothing."""

    def do(peer: Peer) -> bool:
        peer.send(part(whole(peer)))
        return stall().do(peer)

    return Act(do)


def slow(split: int) -> Act:
    """The proper answer up to a byte at once, then one byte at a time: seconds in all."""

    def do(peer: Peer) -> bool:
        data = whole(peer)
        return drip(data[split:], 0.05, first=data[:split]).do(peer)

    return Act(do)


def endless(data: bytes) -> Act:
    """An answer that could end at any time, and a cut must not be taken for that end."""
    return drip(b" " * 999, 0.02, first=data)


def astray(act: Callable[[str], Act]) -> Act:
    """An act that names another place, where no request may ever come."""
    return Act(lambda peer: act(f"Location: {peer.elsewhere}").do(peer))


def busy(status: int, *headers: str) -> Act:
    """A refusal for now, with a word about when to come back."""
    return complaint(status, "rate_limit_exceeded", "slow down", *headers)


def unbounded(data: bytes) -> bytes:
    """Without its length: only the end of the stream is its end."""
    return re.sub(rb"Content-Length: \d+\r\n", b"", data)


def chunked(data: bytes, *, size: bytes | None = None, end: bytes = b"0\r\n\r\n") -> bytes:
    """The body as one chunk, whose size may lie and whose end may be missing."""
    head, _, body = unbounded(data).partition(b"\r\n\r\n")
    length = size if size is not None else b"%x" % len(body)
    coding = b"\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + coding + length + b"\r\n" + body + b"\r\n" + end


def zipped(size: int) -> bytes:
    """So many spaces, packed into little."""
    return http(200, gzip.compress(b" " * size), [JSON, "Content-Encoding: gzip"])


def item_id(value: object) -> Act:
    """Every object has this id."""
    return retold(lambda told: {**told, "id": value, "data": [{"id": value}]})


def drained(data: bytes) -> bytes:
    """What is in an answer."""
    return data.partition(b"\r\n\r\n")[2]


ACTS: Mapping[str, Act] = {
    # The API, or something before it, says no.
    "400": complaint(400),
    "401": complaint(401, "invalid_api_key"),
    "403": complaint(403),
    "404": complaint(404),
    "408": complaint(408),
    "409": complaint(409),
    "413": complaint(413),
    "422": complaint(422),
    "429": busy(429),
    "429 quota": complaint(429, "insufficient_quota"),
    "500": complaint(500),
    "501": complaint(501),
    "503": complaint(503, "server_is_overloaded"),
    "500 empty": raw(http(500, b""), goes_on=True),
    "400 html": page(400),
    "404 html": page(404),
    "429 html": page(429),
    "502 html": page(502),
    "404 other json": answer(404, {"detail": "Not Found"}),
    "418": answer(418, {"error": {"message": "I'm a teapot"}}),
    # It asks to come back.
    "429 in 7 s": busy(429, "Retry-After: 7"),
    "429 in -5 s": busy(429, "Retry-After: -5"),
    "429 in 60 s": busy(429, "Retry-After: 60"),
    "429 in 10^9 s": busy(429, "Retry-After: 1000000000"),
    "429 in inf s": busy(429, "Retry-After: inf"),
    "429 in NaN s": busy(429, "Retry-After: NaN"),
    "429 soon": busy(429, "Retry-After: soon"),
    "429 at a date": busy(
        429, "Date: Tue, 15 Nov 1994 08:12:31 GMT", "Retry-After: Tue, 15 Nov 1994 08:12:40 GMT"
    ),
    "429 at no date": busy(429, "Retry-After: Tue, 99 Nov 1994 08:12:40 GMT"),
    "429 next year": busy(
        429, "Date: Tue, 15 Nov 1994 08:12:31 GMT", "Retry-After: Wed, 15 Nov 1995 08:12:31 GMT"
    ),
    "503 in 900 s": busy(503, "Retry-After: 900"),
    # It points elsewhere.
    "300": astray(lambda location: answer(300, {}, location)),
    "301": astray(lambda location: answer(301, {}, location)),
    "301 html": page(301),
    "302": astray(lambda location: answer(302, {}, location)),
    "303": astray(lambda location: answer(303, {}, location)),
    "304": raw(b"HTTP/1.1 304 Not Modified\r\n\r\n"),
    "307": astray(lambda location: answer(307, {}, location)),
    "308": astray(lambda location: answer(308, {}, location)),
    "401 and elsewhere": astray(lambda location: complaint(401, None, "no", location)),
    "201 and elsewhere": astray(lambda location: noted(location, status=201)),
    # A success that is none.
    "100 alone": raw(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "101": raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"),
    "103 first": bent(lambda data: b"HTTP/1.1 103 Early Hints\r\n\r\n" + data),
    "204": raw(b"HTTP/1.1 204 No\r\n\r\n"),
    "200 empty": raw(http(200, b"")),
    "200 html": page(200),
    "200 list": answer(200, [1]),
    "200 text": raw(http(200, b"created")),
    "200 NaN": raw(http(200, b'{"id":"x","n":NaN}')),
    "200 1e999": raw(http(200, b'{"id":"x","n":1e999}')),
    "200 deep": raw(http(200, b"[" * 4000)),
    "200 half": bent(lambda data: http(200, drained(data)[:-2])),
    "200 twice": bent(lambda data: http(200, drained(data) * 2)),
    "200 latin-1": raw(http(200, '{"id":"é"}'.encode("latin-1"))),
    "200 utf-16": raw(http(200, '{"id":"x"}'.encode("utf-16"))),
    "200 too large": raw(http(200, b'{"id":"%s"}' % (b"x" * 5000))),
    "200 gzip": bent(lambda data: http(200, gzip.compress(data), ["Content-Encoding: gzip"])),
    "200 gzip bomb": raw(zipped(3_000_000)),
    "200 no id": retold(lambda told: {name: told[name] for name in told if name != "id"}),
    "200 null id": item_id(None),
    "200 id 7": item_id(7),
    "200 empty id": item_id(""),
    "200 hostile id": item_id("../files?x"),
    "200 long id": item_id("x" * 600),
    "200 no fields": answer(200, {}),
    # A success, oddly told.
    "100 first": bent(lambda data: b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + data),
    "200 more fields": retold(lambda told: {**told, "x_new": {"y": [None, 1.5]}, "deleted": True}),
    "200 wrong types": retold(lambda told: {**told, "created_at": "now", "status": 7, "error": []}),
    "200 id twice": bent(lambda data: http(200, b'{"id":"../x",' + drained(data)[1:])),
    "200 wrong charset": noted("Content-Type: application/json; charset=utf-16"),
    "200 wrong type": noted("Content-Type: text/html"),
    "200 two types": noted("Content-Type: text/html", "Content-Type: image/png"),
    "200 and a BOM": bent(lambda data: http(200, b"\xef\xbb\xbf" + drained(data))),
    "200 unbounded": bent(unbounded),
    "200 chunked": bent(chunked),
    "200 bare newlines": bent(lambda data: data.replace(b"\r\n", b"\n")),
    "200 and another": bent(lambda data: data * 2, goes_on=True),
    # The bytes are no answer.
    "no HTTP": raw(b"SSH-2.0-OpenSSH\r\n\r\n"),
    "garbage first": bent(lambda data: b"\x00\xff\x16\x03\x01" + data),
    "HTTP/2": raw(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + b"\x00" * 18),
    "huge header": raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000),
    "many headers": bent(lambda data: data.replace(b"\r\n", b"\r\n" + b"X: y\r\n" * 200, 1)),
    "two lengths": noted("Content-Length: 3"),
    "length too long": bent(lambda data: re.sub(rb"Length: \d+", b"Length: 999", data)),
    "length too short": bent(lambda data: re.sub(rb"Length: \d+", b"Length: 3", data)),
    "length -1": bent(lambda data: re.sub(rb"Length: \d+", b"Length: -1", data)),
    "length and chunks": bent(
        lambda data: data.replace(b"\r\n", b"\r\nTransfer-Encoding: chunked\r\n", 1)
    ),
    "chunk of no size": bent(lambda data: chunked(data, size=b"zz")),
    "chunk too long": bent(lambda data: chunked(data, size=b"fff")),
    "chunks without end": bent(lambda data: chunked(data, end=b"")),
    # The connection breaks.
    "no reply, FIN": raw(b""),
    "no reply, RST": reset(),
    "FIN in the head": bent(lambda data: data[:10]),
    "FIN in the body": bent(lambda data: data[:-9]),
    "RST in the head": broken(lambda data: data[:10]),
    "RST in the body": broken(lambda data: data[:-9]),
    "RST before the body is read": reset(reads_body=False),
    "TLS broken": tls_break(),
    "TLS closed": raw(b""),
    "TLS cut": bent(lambda data: data[:-9]),
    "no TLS": raw(b""),
    "unknown certificate": raw(b""),
    # Nothing comes, or too slowly.
    "no connection": raw(b""),
    "stall": stall(),
    "stall in the head": halting(lambda data: data[:30]),
    "stall in the body": halting(lambda data: data[:-9]),
    "drip": slow(0),
    "drip in the body": slow(-40),
    "endless": Act(lambda peer: endless(unbounded(whole(peer))).do(peer)),
    "100 for ever": drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 99, 0.001),
}

KINDS = {
    "TLS broken": "secure",
    "TLS closed": "secure",
    "TLS cut": "secure",
    "no TLS": "bare",
    "unknown certificate": "unknown",
    "no connection": "deaf",
}
SLOW = {"stall", "stall in the head", "stall in the body", "drip", "drip in the body", "endless",
        "100 for ever"}  # fmt: skip

TABLE = """
                     create act get ask list walk delete
400                  R      R   R   R   R    R2   R
401                  R      R   R   R   R    R    R
403                  R      R   R   R   R    R    R
404                  N      N   N   N   N    N    D
408                  U      U   U6  U6  U6   U6   U6
409                  U      U   U   U   U    U    U
413                  R      R   R   R   R    R    R
422                  R      R   R   R   R    R    R
429                  R      R6  R6  R6  R6   R6   R6
429 quota            R      R   R   R   R    R    R
500                  U      U   U6  U6  U6   U6   U6
501                  U      U   U6  U6  U6   U6   U6
503                  U      U   U6  U6  U6   U6   U6
500 empty            U      U   U6  U6  U6   U6   U6
400 html             U      U   U   U   U    U    U
404 html             U      U   U   U   U    U    U
429 html             U      U   U6  U6  U6   U6   U6
502 html             U      U   U6  U6  U6   U6   U6
404 other json       U      U   U   U   U    U    U
418                  U      U   U   U   U    U    U
429 in 7 s           R      R6  R6  R6  R6   R6   R6
429 in -5 s          R      R6  R6  R6  R6   R6   R6
429 in 60 s          R      R3  R3  R3  R3   R3   R3
429 in 10^9 s        R      R   R   R   R    R    R
429 in inf s         R      R   R   R   R    R    R
429 in NaN s         R      R6  R6  R6  R6   R6   R6
429 soon             R      R6  R6  R6  R6   R6   R6
429 at a date        R      R6  R6  R6  R6   R6   R6
429 at no date       R      R6  R6  R6  R6   R6   R6
429 next year        R      R   R   R   R    R    R
503 in 900 s         U      U   U   U   U    U    U
300                  U      U   U   U   U    U    U
301                  U      U   U   U   U    U    U
301 html             U      U   U   U   U    U    U
302                  U      U   U   U   U    U    U
303                  U      U   U   U   U    U    U
304                  U      U   U   U   U    U    U
307                  U      U   U   U   U    U    U
308                  U      U   U   U   U    U    U
401 and elsewhere    R      R   R   R   R    R    R
201 and elsewhere    D      D   D   D   D    D    D
100 alone            U      U   U6  U6  U6   U6   U6
101                  U      U   U   U   U    U    U
103 first            U      U   U   U   U    U    U
204                  U      U   U   U   U    U    D
200 empty            U      U   U   U   U    U    D
200 html             U      U   U   U   U    U    U
200 list             U      U   U   U   U    U    U
200 text             U      U   U   U   U    U    U
200 NaN              U      U   U   U   U    U    U
200 1e999            U      U   U   U   U    U    U
200 deep             U      U   U   U   U    U    U
200 half             U      U   U   U   U    U    U
200 twice            U      U   U   U   U    U    U
200 latin-1          U      U   U   U   U    U    U
200 utf-16           U      U   U   U   U    U    U
200 too large        U      U   U   U   U    U    U
200 gzip             U      U   U   U   U    U    U
200 gzip bomb        U      U   U   U   U    U    U
200 no id            U      U   U   D   D    D    D
200 null id          U      U   U   D   I    I    D
200 id 7             U      U   U   D   I    I    D
200 empty id         U      U   U   D   I    I    D
200 hostile id       U      U   U   D   D    D    D
200 long id          U      U   U   D   D    D    D
200 no fields        U      U   U   D   I    I    D
100 first            D      D   D   D   D    D    D
200 more fields      D      D   D   D   D    D    D
200 wrong types      D      D   D   D   D    D    D
200 id twice         D      D   D   D   D    D    D
200 wrong charset    D      D   D   D   D    D    D
200 wrong type       D      D   D   D   D    D    D
200 two types        D      D   D   D   D    D    D
200 and a BOM        D      D   D   D   D    D    D
200 unbounded        D      D   D   D   D    D    D
200 chunked          D      D   D   D   D    D    D
200 bare newlines    D      D   D   D   D    D    D
200 and another      D      D   D   D   D    D    D
no HTTP              U      U   U6  U6  U6   U6   U6
garbage first        U      U   U6  U6  U6   U6   U6
HTTP/2               U      U   U6  U6  U6   U6   U6
huge header          U      U   U6  U6  U6   U6   U6
many headers         U      U   U6  U6  U6   U6   U6
two lengths          U      U   U6  U6  U6   U6   U6
length too long      U      U   U6  U6  U6   U6   U6
length too short     U      U   U   U   U    U    U
length -1            D      D   D   D   D    D    D
length and chunks    U      U   U6  U6  U6   U6   U6
chunk of no size     U      U   U6  U6  U6   U6   U6
chunk too long       U      U   U6  U6  U6   U6   U6
chunks without end   U      U   U6  U6  U6   U6   U6
no reply, FIN        U      U   U6  U6  U6   U6   U6
no reply, RST        U      U   U6  U6  U6   U6   U6
FIN in the head      U      U   U6  U6  U6   U6   U6
FIN in the body      U      U   U6  U6  U6   U6   U6
RST in the head      U      U   U6  U6  U6   U6   U6
RST in the body      U      U   U6  U6  U6   U6   U6
RST before the body is read  U U U6 U6  U6   U6   U6
TLS broken           U      U   U6  U6  U6   U6   U6
TLS closed           U      U   U6  U6  U6   U6   U6
TLS cut              U      U   U6  U6  U6   U6   U6
no TLS               X      X   X   X   X    X    X
unknown certificate  X      X   X   X   X    X    X
no connection        X      X   X   X   X    X    X
stall                U      U   U6  U6  U6   U6   U6
stall in the head    U      U   U6  U6  U6   U6   U6
stall in the body    U      U   U6  U6  U6   U6   U6
drip                 U      U   U6  U6  U6   U6   U6
drip in the body     U      U   U6  U6  U6   U6   U6
endless              U      U   U6  U6  U6   U6   U6
100 for ever         U      U   U6  U6  U6   U6   U6
"""


def rows() -> Mapping[str, Mapping[str, Cell]]:
    """TABLE, read: fault → column → what is expected."""
    head, *lines = TABLE.strip("\n").splitlines()
    columns = head.split()
    parts = (line.rsplit(maxsplit=len(columns)) for line in lines)
    return {name: dict(zip(columns, map(Cell.parse, cells), strict=True)) for name, *cells in parts}


def fault_of(name: str, cells: Mapping[str, Cell]) -> Fault:
    """A row with its act."""
    kind = KINDS.get(name, "serves")
    limits = IMPATIENT if name in SLOW else HURRIED if kind == "deaf" else PATIENT
    return Fault(name, ACTS[name], cells, limits, kind)


FAULTS = [fault_of(name, cells) for name, cells in rows().items()]
SERVED = [fault for fault in FAULTS if fault.kind == "serves"]
ONE_OF_EACH = list({str(fault.cells): fault for fault in reversed(SERVED)}.values())
"""A fault for each way in which a row of TABLE reads."""


def assert_fit_to_show(error: ApiError) -> None:
    """No key, nothing unprintable, and all of it bounded."""
    for part in (error.what, error.where, error.why, error.cure, repr(error)):
        assert KEY not in part
        assert part.isprintable()
        assert len(part) < 700
    assert error.what
    assert error.where


def on_the_wire(requests: Iterable[Received]) -> Iterator[str]:
    """What no client may ever have sent."""
    requests = list(requests)
    ops = Counter(request.headers.get("idempotency-key") for request in requests)
    twice = [op for op, count in ops.items() if op and count > 1]
    if twice:
        yield f"one op went out {ops[twice[0]]} times"
    if astray := [r.target for r in requests if r.target.startswith(ELSEWHERE)]:
        yield f"it followed to {astray[0]}, and took a key along"
