"""The rows of T6 that the client walks: every call meets every fault, on real sockets.

What each cell expects stands in `tests.support.api_faults`, as data.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from reconciler.errors import ApiError
from tests.reliability.report import MissingTool, Profile
from tests.support.api import client
from tests.support.api_calls import VERBS, Verb
from tests.support.api_faults import (
    FAULTS,
    ONE_OF_EACH,
    SIZE,
    Fault,
    assert_fit_to_show,
    bent,
    broken,
    on_the_wire,
)
from tests.support.scripted import Act, Deaf, Scripted, make_certificate

STRIDE = 29
"""So many bytes are between two cuts of the quick profile."""


def calls(profile: Profile) -> dict[str, Verb]:
    """Every call; in the quick profile the first of each kind."""
    firsts: dict[str, str] = {}
    for name, verb in VERBS.items():
        firsts.setdefault(verb.column, name)
    return {name: VERBS[name] for name in (VERBS if profile > Profile.QUICK else firsts.values())}


def faults(profile: Profile, verb: Verb) -> list[Fault]:
    """Every fault; in the quick profile a read and a create meet all, and other calls one a kind.

    What comes in is read by the same code for all of them; they differ in what follows from it.
    """
    if profile > Profile.QUICK or verb.column in ("create", "get"):
        return FAULTS
    return [fault for fault in FAULTS if fault in ONE_OF_EACH or fault.kind != "serves"]


def violations(profile: Profile) -> Iterator[tuple[str, list[str]]]:
    """Each cell, and what was wrong with it."""
    with certificates() as certs:
        for name, verb in calls(profile).items():
            for fault in faults(profile, verb):
                yield f"{name}, {fault}", [*judged(fault, verb, certs)]
    yield from cut_off(profile)


def cut_off(profile: Profile) -> Iterator[tuple[str, list[str]]]:
    """The same for an answer that breaks off at some byte, or any."""
    with certificates() as certs:
        for fault in cuts(profile):
            yield f"create a job, {fault}", [*judged(fault, VERBS["create a job"], certs)]


def cuts(profile: Profile) -> Iterator[Fault]:
    """The answer ends at each of its bytes, with FIN or RST, in the clear or in TLS."""
    stride = 1 if profile > Profile.QUICK else STRIDE
    like = next(fault for fault in FAULTS if fault.name == "FIN in the body")
    for at in range(0, SIZE, stride):
        for kind in ("serves", "secure"):
            for end, act in (("FIN", cut(bent, at)), ("RST", cut(broken, at))):
                yield replace(like, name=f"{kind}, {end} at byte {at}", act=act, kind=kind)


def cut(how: Callable[[Callable[[bytes], bytes]], Act], at: int) -> Act:
    """The answer up to a byte."""
    return how(lambda data: data[:at])


@dataclass(frozen=True)
class Certificates:
    """One that the client trusts, and one of the same name that it does not."""

    known: Path
    unknown: Path


@contextmanager
def certificates() -> Iterator[Certificates]:
    """Certificates for localhost, while the context lasts."""
    with TemporaryDirectory() as folder:
        places = [Path(folder, name) for name in ("known", "unknown")]
        for place in places:
            place.mkdir()
        try:
            made = Certificates(*map(make_certificate, places))
        except FileNotFoundError as error:
            raise MissingTool("openssl") from error
        with patch.dict("os.environ", {"SSL_CERT_FILE": str(made.known)}):
            yield made


@contextmanager
def stood(fault: Fault, certs: Certificates) -> Iterator[tuple[Scripted | Deaf, str]]:
    """The server of a fault, and where it is said to be."""
    match fault.kind:
        case "deaf":
            with Deaf() as deaf:
                yield deaf, deaf.base_url
        case "secure" | "unknown" as kind:
            shown = certs.known if kind == "secure" else certs.unknown
            with Scripted([fault.act], shown) as server:
                yield server, server.base_url
        case "bare":
            with Scripted([fault.act], greets=b"HTTP/1.1 400 Bad Request\r\n\r\n") as server:
                yield server, server.base_url.replace("http://", "https://")
        case _:
            with Scripted([fault.act]) as server:
                yield server, server.base_url


def judged(fault: Fault, verb: Verb, certs: Certificates) -> Iterator[str]:
    """What is wrong with one cell."""
    cell = fault.cells[verb.column]
    with stood(fault, certs) as (server, url), client(url, limits=fault.limits) as api:
        error: Exception | None = None
        try:
            verb.run(api)
        except Exception as caught:  # noqa: BLE001  # whatever it is, it is judged
            error = caught
        if isinstance(server, Scripted):  # what was sent is counted once it is read
            server.wait_for(cell.sent)
    wanted = cell.error or type(None)
    if type(error) is not wanted:
        yield f"{error!r}, not {wanted.__name__}"
    if len(server.requests) != cell.sent:
        yield f"sent {len(server.requests)} times, not {cell.sent}"
    if isinstance(error, ApiError):
        yield from unfit(error)
    yield from on_the_wire(server.requests)


def unfit(error: ApiError) -> Iterator[str]:
    """Why an error may not be shown."""
    try:
        assert_fit_to_show(error)
    except AssertionError as why:
        yield f"not fit to show: {why}"
