"""What a shared state costs on the wire, by size: real servers, and a way to each that counts."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from reconciler.backends import Backend, Holder, open_backend
from reconciler.core.address import Address
from reconciler.core.entries import Begin, Intent, Put
from reconciler.core.owner import Owner
from reconciler.core.resource import Phase, Record
from reconciler.core.state import State
from reconciler.round import Journal, load
from tests.reliability.severed import WAYS, Way
from tests.support.pg_proxy import PgProxy
from tests.support.s3_proxy import S3Proxy
from tests.support.scripted import Received

OWNER = Owner("bench")
ENDPOINT = ("https://api.openai.com/v1", "", "")
HOLDER = Holder("7c1e04", "ci", "runner-12", 4411, "2026-11-23T14:02:07Z", "apply", "")


@dataclass(frozen=True, slots=True)
class Wire:
    """A state of so many records at a kind of place: bytes that are sent to it, and waits for it.

    Attributes:
        change: bytes for one change: what is about to be done, and what came of it.
        checkpoint: bytes for the document at the end of a run.
        changes: waits for that one change.
        plan: waits of a plan: who holds the lock, and the state; a session at the server included.
    """

    place: str
    size: int
    change: int
    checkpoint: int
    changes: int
    plan: int


class Spent(NamedTuple):
    """Bytes sent, and how often an answer was waited for."""

    sent: int
    waits: int


def wire(place: str, size: int) -> Wire:
    """Record one change in a state of so many records, then look at it as a plan does."""
    with WAYS[place]() as (way, there), patch.dict(os.environ, there.environ):
        with _client(there.location) as backend, backend.lock(HOLDER) as epoch:
            journal = Journal(backend, state_of(size), epoch=epoch)
            journal.checkpoint(force=True)
            begun = _spent(way)
            made = _made(size)
            intent = Intent("op", made.address, made.record.fingerprint, spec=made.record.spec)
            journal.write(Begin(intent))
            journal.write(made._replace(op="op"))
            written = _spent(way)
            journal.checkpoint()
            done = _spent(way)
        with _client(there.location) as backend:
            before = _spent(way)
            backend.holder()
            assert len(load(backend, OWNER, ENDPOINT, "").state.records) == size + 1  # noqa: S101  # of the measure
            plan = _spent(way).waits - before.waits
        change = written.sent - begun.sent
        waits = written.waits - begun.waits
        return Wire(place, size, change, done.sent - written.sent, waits, plan)


@contextmanager
def _client(location: str) -> Iterator[Backend]:
    with closing(open_backend(location, Path(), label=str(OWNER), environ=os.environ)) as made:
        yield made


def state_of(size: int) -> State:
    """So many jobs that were trained."""
    records = {put.address: put.record for put in map(_made, range(size))}
    return State("lineage", str(OWNER), endpoint=ENDPOINT, records=records)


def _made(number: int) -> Put:
    digest = f"{number:064x}"
    spec = {
        "model": "gpt-4.1-mini-2025-04-14",
        "training_file": digest,
        "suffix": f"bot-{number}",
        "seed": number,
        "method": {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 3}}},
    }
    record = Record(
        f"ftjob-{number:024}", f"v1:{digest}", spec, Phase.READY, "succeeded", 1_764_000_009, {}
    )
    return Put(Address("jobs", f"bot-{number:06}"), record)


def _spent(way: Way) -> Spent:
    if isinstance(way, PgProxy):
        return Spent(way.sent, way.trips + way.sessions)
    assert isinstance(way, S3Proxy)  # noqa: S101  # of the two kinds of way
    return Spent(sum(map(_size, way.requests)), _waits(way.requests))


def _size(request: Received) -> int:
    head = f"{request.method} {request.target}"
    return len(head) + sum(map(len, (*request.headers, *request.headers.values(), request.body)))


def _waits(requests: Sequence[Received]) -> int:
    """Objects that are read one after the other go out side by side."""
    reads = [r.method == "GET" and "list-type" not in r.target for r in requests]
    return sum(not (now and before) for before, now in zip([False, *reads], reads, strict=False))


def lines(wires: Iterable[Wire]) -> list[tuple[str, ...]]:
    """The rows of a table: a head, then a place and a size each; none where nothing was counted."""
    rows = [(one.place, *_cells(one), "") for one in wires]
    head = ("state at", "records", "bytes for a change", "a checkpoint", "waits of a plan", "")
    return [head, *rows] if rows else []


def _cells(item: Wire) -> Iterator[str]:
    return (f"{number:,}" for number in (item.size, item.change, item.checkpoint, item.plan))
