"""What can go wrong with one request, as a table: the fault and what a call is told of it."""

from dataclasses import dataclass

from reconciler.api.wire import Limits
from reconciler.errors import ApiError, NotFound, Refused, Unknown
from tests.support.api import KEY
from tests.support.scripted import Act, answer, complaint, drip, http, page, raw, reset, stall

JOB = b'{"id":"ftjob-1","object":"fine_tuning.job","status":"queued"}'
WHOLE = http(200, JOB)
# It could end at any time and be a success; a cut must not be taken for that end.
UNBOUNDED = b"HTTP/1.1 200 OK\r\n\r\n" + JOB
IMPATIENT = Limits(connect=5.0, answer=0.06, body=4096)
PATIENT = Limits(connect=5.0, answer=5.0, body=4096)


@dataclass(frozen=True)
class Fault:
    """What the server does with each request, and what a create and a read are told."""

    name: str
    act: Act
    create: type[Exception]
    read: type[Exception]
    tries: int = 1
    limits: Limits = PATIENT

    def __str__(self) -> str:
        return self.name


FAULTS = [
    Fault("400", complaint(400), Refused, Refused),
    Fault("401", complaint(401, "invalid_api_key"), Refused, Refused),
    Fault("403", complaint(403), Refused, Refused),
    Fault("404", complaint(404), NotFound, NotFound),
    Fault("413", complaint(413), Refused, Refused),
    Fault("422", complaint(422), Refused, Refused),
    Fault("429", complaint(429, "rate_limit_exceeded"), Refused, Refused, 6),
    Fault("429 quota", complaint(429, "insufficient_quota"), Refused, Refused),
    Fault("408", complaint(408), Unknown, Unknown, 6),
    Fault("409", complaint(409), Unknown, Unknown),
    Fault("500", complaint(500), Unknown, Unknown, 6),
    Fault("503", complaint(503, "server_is_overloaded"), Unknown, Unknown, 6),
    Fault("500 empty", raw(http(500, b""), goes_on=True), Unknown, Unknown, 6),
    Fault("400 html", page(400), Unknown, Unknown),
    Fault("404 html", page(404), Unknown, Unknown),
    Fault("429 html", page(429), Unknown, Unknown, 6),
    Fault("502 html", page(502), Unknown, Unknown, 6),
    Fault("404 other json", answer(404, {"detail": "Not Found"}), Unknown, Unknown),
    Fault("307", answer(307, {}, "Location: http://127.0.0.1:9/v1"), Unknown, Unknown),
    Fault("301 html", page(301), Unknown, Unknown),
    Fault("200 html", page(200), Unknown, Unknown),
    Fault("200 list", answer(200, [1]), Unknown, Unknown),
    Fault("200 no id", answer(200, {"object": "file"}), Unknown, Unknown),
    Fault("200 odd id", answer(200, {"id": "../files"}), Unknown, Unknown),
    Fault("200 empty", raw(http(200, b"")), Unknown, Unknown),
    Fault("200 NaN", raw(http(200, b'{"id":"x","n":NaN}')), Unknown, Unknown),
    Fault("200 deep", raw(http(200, b"[" * 4000)), Unknown, Unknown),
    Fault("200 too large", raw(http(200, b'{"id":"%s"}' % (b"x" * 5000))), Unknown, Unknown, 6),
    Fault("204", raw(b"HTTP/1.1 204 No\r\n\r\n"), Unknown, Unknown),
    Fault("truncated body", raw(http(200, JOB, length=999)), Unknown, Unknown, 6),
    Fault("truncated head", raw(WHOLE[:10]), Unknown, Unknown, 6),
    Fault("no reply, FIN", raw(b""), Unknown, Unknown, 6),
    Fault("no reply, RST", reset(), Unknown, Unknown, 6),
    Fault("RST in the body", reset(after=WHOLE[:-9]), Unknown, Unknown, 6),
    Fault("RST before the body is read", reset(reads_body=False), Unknown, Unknown, 6),
    Fault("no HTTP", raw(b"SSH-2.0-OpenSSH\r\n\r\n"), Unknown, Unknown, 6),
    Fault("huge header", raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000), Unknown, Unknown, 6),
    Fault("two lengths", raw(http(200, JOB, ["Content-Length: 3"])), Unknown, Unknown, 6),
    Fault("stall", stall(), Unknown, Unknown, 6, IMPATIENT),
    Fault("endless", drip(b" " * 999, 0.02, first=UNBOUNDED), Unknown, Unknown, 6, IMPATIENT),
    Fault("drip", drip(WHOLE, 0.02), Unknown, Unknown, 6, IMPATIENT),
]


def assert_fit_to_show(error: ApiError) -> None:
    """No key, nothing unprintable, and all of it bounded."""
    for part in (error.what, error.where, error.why, error.cure, repr(error)):
        assert KEY not in part
        assert part.isprintable()
        assert len(part) < 700
    assert error.what
    assert error.where
