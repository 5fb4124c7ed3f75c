"""Small values for the tests of the core: a kind that is stored, one that runs, strategies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from reconciler.core.address import Address
from reconciler.core.diff import diff
from reconciler.core.earlier import Earlier
from reconciler.core.entries import (
    Begin,
    Clear,
    Depose,
    Deposed,
    Entry,
    Gone,
    Hold,
    Intent,
    Move,
    Put,
    Retire,
)
from reconciler.core.fields import FieldChange, flatten
from reconciler.core.fingerprint import fingerprint
from reconciler.core.full import Full
from reconciler.core.grant import Grant, Review, Verb
from reconciler.core.plan import Plan
from reconciler.core.renewal import Renew, Renewal
from reconciler.core.resource import (
    Attempt,
    Desired,
    Lifecycle,
    Live,
    Marker,
    Observed,
    Phase,
    Record,
    Resource,
    Retry,
)
from reconciler.core.settle import settle, settled
from reconciler.core.state import State

NOW = 1_000_000
F, G = Address("files", "f"), Address("files", "g")
A, B, C = (Address("jobs", name) for name in "abc")


@dataclass(frozen=True)
class Questions:
    """A kind that only answers; what the server resolved stands in an object's body."""

    name: str
    lifecycle: Lifecycle
    route: str = "/made"

    def resolved(self, seen: Observed) -> Mapping[str, Any]:
        return flatten(seen.body)

    def beside(self, resource: Resource, seen: Observed) -> tuple[FieldChange, ...]:
        return ()

    def owner_of(self, seen: Observed) -> str:
        return str(seen.body.get("owner", ""))


KINDS = {
    "files": Questions("files", Lifecycle.STORED),
    "jobs": Questions("jobs", Lifecycle.RUN),
}


def want(address: Address, text: str = "x", **fields: Any) -> Resource:
    """A desired resource whose spec is one word, unless a whole one is given."""
    spec = fields.pop("spec", {"text": text})
    return Resource(address, spec, fingerprint(spec), **fields)


def live_at(
    resource: Resource, id_: str = "id-1", phase: Phase = Phase.READY, number: int = 1, **rest: Any
) -> Observed:
    """A live object that was made for this resource."""
    marker = Marker(
        resource.address, resource.fingerprint, Attempt(resource.generation, number), f"op-{id_}"
    )
    rest = {"status": phase.value, "created_at": NOW, "marker": marker} | rest
    return Observed(resource.address.kind, id_, phase, **rest)


def record(id_: str, fingerprint: str = "v1:x", **rest: Any) -> Record:
    """A record of an object of which nothing else is known."""
    unknown = {"spec": {}, "phase": Phase.UNKNOWN, "status": "", "created_at": 0, "facts": {}}
    return Record(id_, fingerprint, **{**unknown, **rest})


def recorded(resource: Resource, id_: str = "id-1", **rest: Any) -> Record:
    """A record of an object that was made for this resource."""
    defaults = {"phase": Phase.READY, "status": "ready", "created_at": NOW}
    attempt = {"attempt": Attempt(resource.generation, 1), "spec": resource.spec}
    fields: dict[str, Any] = {**defaults, **attempt, **rest}
    return record(id_, resource.fingerprint, **fields)


def pending(resource: Resource, op: str = "op-1", **rest: Any) -> Intent:
    """A create of this resource that may be under way."""
    defaults = {"not_after": NOW + 60, "attempt": Attempt(resource.generation, 1)}
    fields: dict[str, Any] = {"spec": resource.spec, **defaults, **rest}
    return Intent(op, resource.address, resource.fingerprint, **fields)


def state(records: Mapping[Address, Record] | None = None, **rest: Any) -> State:
    """A state that has been checkpointed once."""
    return State("lineage", "owner", serial=1, records=records or {}, **rest)


def live(*objects: Observed, gone: tuple[str, ...] = (), date: int | None = NOW) -> Live:
    """A complete look."""
    return Live({seen.id: seen for seen in objects}, frozenset(gone), date)


def desired(*resources: Resource, **rest: Any) -> Desired:
    """A manifest of these."""
    return Desired({resource.address: resource for resource in resources}, **rest)


def planned(wanted: Desired, known: State, seen: Live, patience: int = 300) -> Plan:
    """Settle and diff, as a round does."""
    settlements = settle(known, seen, KINDS, patience)
    return diff(wanted, settled(known, settlements), seen, KINDS, settlements)


def told(plan: Plan) -> list[str]:
    """The changes in short: `create jobs.a`, and `, then cancel jobs.a` for a tail."""
    return [f"{'then ' if c.follows else ''}{c.action.word} {c.address}" for c in plan.changes]


names = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,5}", fullmatch=True)
ids = st.text("abc123", min_size=1, max_size=3)
addresses = st.builds(Address, st.sampled_from(["files", "jobs"]), names)
numbers = st.integers(1, 9)
attempts = st.builds(Attempt, numbers, numbers)
leaves = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8)
json_values = st.recursive(
    leaves | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)
maps = st.dictionaries(st.text(min_size=1, max_size=6), json_values, max_size=3)
times = st.none() | st.integers(0, 2**40)
reads = st.lists(ids, max_size=2).map(tuple)
records = st.builds(
    Record, ids, st.text(max_size=8), maps, st.sampled_from(Phase), st.text(max_size=5),
    st.integers(0, 2**40), maps, attempts, reads, times, st.booleans(), st.booleans(),
)  # fmt: skip
intents = st.builds(
    Intent,
    ids,
    addresses,
    st.text(max_size=8),
    attempts,
    maps,
    reads,
    times,
    times,
    maps,
    st.booleans(),
)
deposed = st.builds(Deposed, ids, addresses, reads, st.text(max_size=8), attempts)
retries = st.builds(Retry, st.integers(0, 9), st.lists(ids, max_size=2).map(tuple))
grants = st.builds(
    Grant, st.sampled_from(Verb), addresses, st.text(max_size=5), attempts, retries, ids
)
renewals = st.lists(st.builds(Renewal, addresses, st.text(max_size=5), attempts), max_size=2).map(
    tuple
)
reviews = st.builds(Review, st.text(max_size=5), st.lists(grants, max_size=3).map(tuple))
fulls = st.builds(Full, st.integers(0, 99), times, st.text(max_size=5))
entries: st.SearchStrategy[Entry] = st.one_of(
    reviews,
    st.builds(Renew, renewals),
    fulls,
    st.builds(Begin, intents),
    st.builds(Retire, ids, addresses, st.booleans()),
    st.builds(Put, addresses, records, st.just("") | ids, st.booleans()),
    st.builds(Depose, deposed, st.just("") | ids),
    st.builds(Hold, ids, addresses, st.booleans()),
    st.builds(Gone, ids, st.booleans()),
    st.builds(Move, addresses, addresses),
    st.builds(Clear, ids, st.text(max_size=5)),
)
states = st.builds(
    State,
    st.text(max_size=5),
    st.text(max_size=5),
    serial=st.integers(0, 2**40),
    epoch=st.integers(0, 2**40),
    write_id=st.text(max_size=5),
    endpoint=st.tuples(*[st.text(max_size=3)] * 3),
    records=st.dictionaries(addresses, records, max_size=3),
    pending=st.dictionaries(ids, intents, max_size=2),
    deposed=st.dictionaries(ids, deposed, max_size=2),
    cancelled=st.lists(ids, max_size=2, unique=True).map(tuple),
    quiet_until=times,
    since=times,
    kept=st.lists(ids, max_size=2, unique=True).map(tuple),
    holding=st.lists(ids, max_size=2, unique=True).map(tuple),
    reviewed=st.none() | reviews,
    full=st.none() | fulls,
    renewals=renewals,
    earlier=st.lists(st.builds(Earlier, addresses, records), max_size=2).map(tuple),
)
