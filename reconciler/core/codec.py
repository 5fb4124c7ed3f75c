"""A state and its journal as bytes: checked, versioned, readable in a review.

The document is JSON whose first member is the SHA-256 of everything after that line, so that a
damaged byte is noticed without parsing twice. A journal line is a checksum, a space, and JSON;
it names the checkpoint it follows, so that lines left over by a crash between "checkpoint
written" and "journal dropped", or by a backup put back, are recognised and ignored.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Any

from reconciler.core.address import Address
from reconciler.core.grant import Grant, Review
from reconciler.core.resource import Attempt, Phase, Record
from reconciler.core.state import (
    Begin,
    Clear,
    Depose,
    Deposed,
    Entry,
    Gone,
    Intent,
    Move,
    Put,
    Retire,
    State,
)
from reconciler.errors import Refusal

FORMAT = 1
"""Of the document. A newer one is refused untouched; an older one is migrated in memory."""

_text = json.JSONEncoder(ensure_ascii=False).encode
_HEAD = b'{\n "sha256": "%s",\n'
_ENTRIES: Mapping[str, type[Entry]] = {
    kind.__name__.lower(): kind for kind in (Begin, Retire, Put, Depose, Gone, Move, Clear, Review)
}


def encode(state: State) -> bytes:
    """The document of a state; equal states give equal bytes."""
    body = {
        "version": FORMAT,
        "owner": state.owner,
        "lineage": state.lineage,
        "serial": state.serial,
        "endpoint": list(state.endpoint),
        "quiet_until": state.quiet_until,
        "reviewed": state.reviewed,
    }
    members = {name: _text(value) for name, value in body.items()}
    for name in ("records", "pending", "deposed", "cancelled"):
        members[name] = _section(getattr(state, name))
    text = ",\n".join(f' "{name}": {value}' for name, value in members.items())
    rest = _bytes(text) + b"\n}\n"
    return _HEAD % hashlib.sha256(rest).hexdigest().encode() + rest


def decode(document: bytes, *, shown: str) -> State:
    """The state in a document; `shown` is its name for people.

    Raises:
        Refusal: it is damaged, or written by a newer version. Nothing is ever started afresh.
    """
    head, rest = document[: len(_HEAD) + 62], document[len(_HEAD) + 62 :]
    if head != _HEAD % hashlib.sha256(rest).hexdigest().encode():
        raise _damaged(shown, "its checksum does not match its content")
    body = json.loads(b"{" + rest)
    if body["version"] != FORMAT:
        raise Refusal(
            f"refused: the state is of format {body['version']}, this version reads {FORMAT}",
            where=shown,
            why="a newer reconciler wrote it",
            cure="upgrade: pip install -U finetune-reconciler",
        )
    return _state(body)


def name_of(document: bytes) -> str:
    """What a journal calls the checkpoint that it follows: the start of its checksum.

    Not its serial: a backup that was put back makes another checkpoint of the same serial.
    """
    return document[len(_HEAD) - 5 :][:16].decode()


def encode_entry(entry: Entry, follows: str) -> bytes:
    """One journal line, without its newline; `follows` names the checkpoint before it."""
    body = {"follows": follows, "entry": type(entry).__name__.lower()} | _plain(entry)
    text = _bytes(json.dumps(body, separators=(",", ":"), ensure_ascii=False))
    return _sum(text) + b" " + text


def decode_journal(lines: Sequence[bytes], follows: str, *, shown: str) -> tuple[Entry, ...]:
    """The entries that follow this checkpoint; a torn last line is dropped.

    Raises:
        Refusal: a line before the last one is damaged.
    """
    entries: list[Entry] = []
    for number, line in enumerate(lines, 1):
        checksum, _, text = line.partition(b" ")
        if checksum != _sum(text):
            if number == len(lines):
                break
            raise _damaged(shown, f"line {number} of its journal is damaged")
        body = json.loads(text)
        if body["follows"] == follows:
            entries.append(_entry(body))
    return tuple(entries)


def _bytes(text: str) -> bytes:
    """UTF-8; JSON from an API may hold a lone surrogate, and it must not cost us a record."""
    return text.encode("utf-8", "surrogatepass")


def _sum(text: bytes) -> bytes:
    return hashlib.sha256(text).hexdigest()[:16].encode()


def _damaged(shown: str, why: str) -> Refusal:
    return Refusal(
        "refused: the state is damaged",
        where=shown,
        why=why,
        cure="put its newest backup in its place (NAME.json.bak-SERIAL) and move\n"
        "NAME.journal away; what the backup does not know is found by its markers",
    )


def _section(values: Mapping[Any, Any]) -> str:
    """One line an entry, so that a review shows which entries changed."""
    lines = [f"  {_text(str(key))}: {_text(_leaf(values[key]))}" for key in sorted(values)]
    return "{\n" + ",\n".join(lines) + "\n }" if lines else "{}"


def _plain(value: Any) -> dict[str, Any]:  # noqa: ANN401  # any value of the state
    """JSON-able, with members at their defaults left out: a large state stays readable."""
    members = ((name, getattr(value, name), default) for name, default in _DEFAULTS[type(value)])
    return {name: _leaf(item) for name, item, default in members if item != default}


def _leaf(item: Any) -> Any:  # noqa: ANN401
    if isinstance(item, Address):
        return str(item)
    return _plain(item) if type(item) in _DEFAULTS else item


def _defaults(kind: type[Any]) -> list[tuple[str, object]]:
    """Member → its default; one that has none is always written."""
    if issubclass(kind, Record | Review):
        return [(name, kind._field_defaults.get(name, MISSING)) for name in kind._fields]
    return [
        (item.name, item.default if item.default_factory is MISSING else item.default_factory())
        for item in fields(kind)
    ]


_DEFAULTS = {kind: _defaults(kind) for kind in (Record, Intent, Deposed, *_ENTRIES.values())}


def _state(body: Mapping[str, Any]) -> State:
    return State(
        lineage=body["lineage"],
        owner=body["owner"],
        serial=body["serial"],
        endpoint=tuple(body["endpoint"]),
        quiet_until=body["quiet_until"],
        reviewed=Review.of(body["reviewed"]) if body.get("reviewed") else None,
        records={Address.parse(key): _record(item) for key, item in body["records"].items()},
        pending={op: _intent(item) for op, item in body["pending"].items()},
        deposed={id_: _deposed(item) for id_, item in body["deposed"].items()},
        cancelled={id_: Address.parse(text) for id_, text in body["cancelled"].items()},
    )


def _record(body: dict[str, Any]) -> Record:
    return Record(**_converted(body, ("attempt", "reads", "phase")))


def _intent(body: dict[str, Any]) -> Intent:
    return Intent(**_converted(body, ("address", "attempt", "reads")))


def _deposed(body: dict[str, Any]) -> Deposed:
    return Deposed(**_converted(body, ("address", "reads")))


_MEMBERS: Mapping[str, Callable[[Any], Any]] = {
    "address": Address.parse,
    "source": Address.parse,
    "target": Address.parse,
    "attempt": Attempt._make,
    "reads": tuple,
    "phase": {phase.value: phase for phase in Phase}.__getitem__,
    "record": _record,
    "intent": _intent,
    "deposed": _deposed,
    "grants": lambda grants: tuple(Grant.of(grant) for grant in grants),
}


def _converted(body: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The body with these members as what they stand for, in place: it is ours."""
    for name in names:
        if name in body:
            body[name] = _MEMBERS[name](body[name])
    return body


def _entry(body: dict[str, Any]) -> Entry:
    del body["follows"]
    return _ENTRIES[body.pop("entry")](**_converted(body, _MEMBERS))
