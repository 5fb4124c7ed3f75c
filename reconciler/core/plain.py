"""Values of the state as JSON-able ones, and back.

Members at their defaults are left out, so that a large state stays readable and small. Reading
believes nothing: a member that is missing, unknown or of another type is a `ValueError`.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from typing import Any, TypeVar

from msgspec import Struct, convert

from reconciler.core.address import Address
from reconciler.core.alias import Alias, Checked, Promote, Promotion, Release
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
from reconciler.core.full import Full
from reconciler.core.grant import Grant, Review
from reconciler.core.renewal import Renew, Renewal
from reconciler.core.resource import Attempt, Phase, Record
from reconciler.core.state import State

V = TypeVar("V")
Body = dict[str, Any]
"""A JSON object."""

_ENTRIES: Mapping[str, type[Entry]] = {
    kind.__name__.lower(): kind
    for kind in (
        *(Begin, Retire, Hold, Put, Depose, Gone, Move, Clear),
        *(Review, Renew, Full, Promote, Release, Checked),
    )
}


def plain(value: Entry) -> Body:
    """An entry, which says what it is."""
    return {"entry": type(value).__name__.lower()} | plain_part(value)


def plain_part(value: Any) -> Body:  # noqa: ANN401  # any value of the state
    """Any other value of the state."""
    return {
        name: _leaf(item)
        for name, default in _DEFAULTS[type(value)]
        if (item := getattr(value, name)) != default
    }


def state_of(body: Body) -> State:
    """The state; the body is taken apart."""
    if unknown := body.keys() - _DOCUMENT:
        raise ValueError(f"{min(unknown)!r} is no member of a state")
    values = {name: body[name] for name in _STATE}
    for name, value in values.items():
        if type(value) not in _TYPES[name]:
            raise ValueError(f"{name} is of another type")
    base_url, organization, project = _texts(body["endpoint"])
    return State(
        **values,
        endpoint=(base_url, organization, project),
        records={Address.parse(key): record for key, record in _records(body["records"]).items()},
        pending={op: _built(Intent, item) for op, item in body["pending"].items()},
        deposed={id_: _built(Deposed, item) for id_, item in body["deposed"].items()},
        cancelled=_texts(body["cancelled"]),
        kept=_texts(body["kept"]),
        holding=_texts(body["holding"]),
        reviewed=Review.of(body["reviewed"]) if body["reviewed"] is not None else None,
        renewals=tuple(map(Renewal.of, body.get("renewals", ()))),
        aliases={Address.parse(key): _built(Alias, item) for key, item in body["aliases"].items()},
        checked=tuple(_built(Checked, item) for item in body["checked"]),
        released=_texts(body["released"]),
        full=Full.of(body["full"]) if "full" in body else None,
        earlier=tuple(_built(Earlier, item) for item in body.get("earlier", ())),
    )


def entry_of(body: Body) -> Entry:
    """The entry of a journal."""
    return _built(_ENTRIES[body.pop("entry")], body)


def _texts(found: object) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(found, list) or not all(type(item) is str for item in found):
        raise ValueError("a list of texts is none")
    return tuple(found)


def _records(body: Body) -> dict[str, Record]:
    """All of them at once, each member of the type that its value says."""
    return convert(body, dict[str, Record])


def _record(body: Body) -> Record:
    return convert(body, Record)


def _leaf(item: Any) -> Any:  # noqa: ANN401  # any value of the state
    if isinstance(item, Address):
        return str(item)
    if type(item) is tuple:
        return [_leaf(each) for each in item]
    return plain_part(item) if type(item) in _DEFAULTS else item


def _built(kind: type[V], body: Body) -> V:
    """The value, each member read as what it stands for and checked."""
    members = {name: _READ[name](item) if name in _READ else item for name, item in body.items()}
    value = kind(**members)
    for name, _ in _DEFAULTS[kind]:
        if type(getattr(value, name)) not in _TYPES[name]:
            raise ValueError(f"{name} is of another type")
    return value


def _attempt(found: Any) -> Attempt:  # noqa: ANN401  # JSON
    return convert(found, Attempt)


def _defaults(kind: type[Any]) -> list[tuple[str, object]]:
    """Member → its default; one that has none is always written."""
    return [(name, kind._field_defaults.get(name, MISSING)) for name in kind._fields]


def _of_struct(kind: type[Struct]) -> list[tuple[str, object]]:
    """The same of a struct, whose defaults are those of its last members."""
    names, defaults = kind.__struct_fields__, kind.__struct_defaults__
    missing = [MISSING] * (len(names) - len(defaults))
    return [*zip(names, (*missing, *defaults), strict=True)]


_DEFAULTS: Mapping[type, list[tuple[str, object]]] = {
    kind: _defaults(kind)
    for kind in (Intent, Deposed, Alias, Promotion, Earlier, *_ENTRIES.values())
} | {Record: _of_struct(Record)}
_STATE = ("owner", "lineage", "serial", "epoch", "write_id", "quiet_until", "since")
_DOCUMENT = {"version", "writer", *State.__struct_fields__}

_READ: Mapping[str, Callable[[Any], Any]] = {
    "address": Address.parse,
    "source": Address.parse,
    "target": Address.parse,
    "attempt": _attempt,
    "reads": _texts,
    "record": _record,
    "intent": lambda body: _built(Intent, body),
    "deposed": lambda body: _built(Deposed, body),
    "alias": lambda body: _built(Alias, body),
    "history": lambda bodies: tuple(_built(Promotion, body) for body in bodies),
    "grants": lambda grants: tuple(map(Grant.of, grants)),
    "renewals": lambda renewals: tuple(map(Renewal.of, renewals)),
}
_TYPES: Mapping[str, frozenset[type]] = {
    **dict.fromkeys(("id", "op", "fingerprint", "status", "why", "digest"), frozenset({str})),
    **dict.fromkeys(("owner", "lineage", "write_id"), frozenset({str})),
    **dict.fromkeys(("model", "job", "before", "who", "commit"), frozenset({str})),
    **dict.fromkeys(("checks", "outcome"), frozenset({str})),
    **dict.fromkeys(("passed", "total"), frozenset({int})),
    **dict.fromkeys(("serial", "epoch", "created_at", "active"), frozenset({int})),
    **dict.fromkeys(("address", "source", "target"), frozenset({Address})),
    **dict.fromkeys(("spec", "facts"), frozenset({dict})),
    **dict.fromkeys(("protect", "imported", "depose"), frozenset({bool})),
    **dict.fromkeys(("is_cancel", "is_pause", "is_kept", "pinned"), frozenset({bool})),
    **dict.fromkeys(
        ("begun", "not_after", "expires_at", "quiet_until", "since", "until", "at"),
        frozenset({int, type(None)}),
    ),
    "phase": frozenset({Phase}),
    "attempt": frozenset({Attempt}),
    **dict.fromkeys(("reads", "grants", "renewals", "history"), frozenset({tuple})),
    "alias": frozenset({Alias}),
    "record": frozenset({Record}),
    "intent": frozenset({Intent}),
    "deposed": frozenset({Deposed}),
}
"""Member → the types that it may have, in whatever value it stands."""
