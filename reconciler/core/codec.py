"""A state and its journal as bytes: checked, versioned, readable in a review.

The document is JSON whose first member is the SHA-256 of everything after that line, so that a
damaged byte is noticed without parsing twice. A journal line is a checksum, a space, and JSON;
it names the checkpoint it follows, so that lines left over by a crash between "checkpoint
written" and "journal dropped", or by a backup put back, are recognised and ignored.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, NoReturn

import msgspec
from msgspec.structs import replace

from reconciler import __version__
from reconciler.core.address import Address
from reconciler.core.entries import Entry
from reconciler.core.exact_json import UNREADABLE, parsed, require_json, written
from reconciler.core.formats import FORMAT, Body, present_document, present_entry
from reconciler.core.plain import entry_of, plain, plain_part, state_of
from reconciler.core.resource import FIRST, Record
from reconciler.core.state import State
from reconciler.errors import Damaged, Refusal

_HEAD = b'{\n "sha256": "%s",\n'
_VERSION = re.compile(rb' "version": ([1-9][0-9]{0,8}),\n')
REBUILD = "reconciler state rebuild: what is live is found by its markers"
"""The cure of a state that cannot be read."""

_RECORDS, _NO_RECORDS, _END = b'\n "records": {\n', b'\n "records": {},\n', b"\n },\n"
"""What begins and ends the lines of the records, and what stands where there are none."""

_ENCODER = msgspec.json.Encoder()
_RECORDS_OF = msgspec.json.Decoder(dict[str, Record])

_EPOCH = re.compile(rb' "epoch": ([0-9]{1,18}),\n')
HEAD_BYTES = 512
"""Within which a document tells its format and epoch."""


def encode(state: State) -> bytes:
    """The document of a state; the same state gives the same bytes."""
    before = {
        "version": FORMAT,
        "writer": __version__,
        "epoch": state.epoch,
        "serial": state.serial,
        "lineage": state.lineage,
        "write_id": state.write_id,
        "owner": state.owner,
        "endpoint": state.endpoint,
        "quiet_until": state.quiet_until,
        "since": state.since,
        "reviewed": state.reviewed,
    }
    after = {
        "pending": {op: plain_part(state.pending[op]) for op in sorted(state.pending)},
        "deposed": {id_: plain_part(state.deposed[id_]) for id_ in sorted(state.deposed)},
        "cancelled": state.cancelled,
        "kept": state.kept,
        "holding": state.holding,
        **({"renewals": state.renewals} if state.renewals else {}),
        "aliases": {str(a): plain_part(state.aliases[a]) for a in sorted(state.aliases)},
        "checked": [plain_part(one) for one in state.checked],
        "released": state.released,
        **({"full": state.full} if state.full else {}),
        **({"earlier": [plain_part(one) for one in state.earlier]} if state.earlier else {}),
    }
    parts = [_members(before), b",\n", *_records(state.records), b",\n", _members(after), b"\n}\n"]
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return b"".join([_HEAD % digest.hexdigest().encode(), *parts])


def decode(document: bytes, *, shown: str) -> State:
    """The state in a document; `shown` is its name for people.

    Raises:
        Damaged: it is not what was written, or was never a state.
        Refusal: a newer version wrote it. In neither case is anything started afresh.
    """
    head, rest = _halves(document)
    if head != _HEAD % hashlib.sha256(rest).hexdigest().encode():
        _refuse(document, shown)
    try:
        body = _apart(document) or parsed(document)
        del body["sha256"]
        if body["version"] <= FORMAT:
            return state_of(present_document(body))
    except UNREADABLE as error:
        raise _damaged(shown, f"it is sealed, but is no state: {_said(error)}") from error
    raise _newer(body, shown)


def format_of(document: bytes) -> int:
    """The format of a document that was decoded."""
    found = _VERSION.match(_halves(document)[1])
    return int(found[1]) if found else FORMAT


def epoch_of(document: bytes) -> int:
    """The epoch that the first `HEAD_BYTES` of a document tell; 0 where they tell none."""
    found = _EPOCH.search(document[:HEAD_BYTES])
    return int(found[1]) if found else 0


def name_of(document: bytes) -> str:
    """What a journal calls the checkpoint that it follows: the start of its checksum.

    Not its serial: a backup that was put back makes another checkpoint of the same serial.
    """
    return document[len(_HEAD) - 5 :][:16].decode()


def encode_entries(entries: Sequence[Entry], follows: str) -> bytes:
    """One journal line of all of them, without its newline: it is there as a whole or not at all.

    `follows` names the checkpoint before it.
    """
    said = [plain(entry) for entry in entries]
    require_json(said)
    text = written({"follows": follows} | (said[0] if len(said) == 1 else {"entries": said}))
    return _sum(text) + b" " + text


def decode_journal(
    lines: Sequence[bytes], follows: str, *, shown: str, version: int = FORMAT
) -> tuple[Entry, ...]:
    """The entries that follow this checkpoint; the backend dropped a line that a crash cut short.

    Args:
        version: the format of the checkpoint, and so of the entries.

    Raises:
        Damaged: a line is not what was written.
    """
    entries: list[Entry] = []
    for number, line in enumerate(lines, 1):
        checksum, _, text = line.partition(b" ")
        try:
            if checksum != _sum(text):
                raise ValueError("its checksum does not match")
            body = parsed(text)
            if body.pop("follows") == follows:
                entries += [entry_of(present_entry(said, version)) for said in _several(body)]
        except UNREADABLE as error:
            why = f"line {number} of its journal is damaged: {_said(error)}"
            raise _damaged(shown, why) from error
    return tuple(entries)


def _several(body: Body) -> list[Body]:
    """The entries of a line, which has those that came together, or one."""
    if "entries" not in body:
        return [body]
    match body:
        case {"entries": [*several], **rest} if several and not rest:
            return several
    raise ValueError("it has no entries")


def _halves(document: bytes) -> tuple[bytes, memoryview]:
    """The line with the checksum, and what it is of; that is megabytes, and not copied."""
    length = len(_HEAD) + 62
    return document[:length], memoryview(document)[length:]


def _members(values: Mapping[str, Any]) -> bytes:
    """One line each."""
    members = (b' "%s": %s' % (name.encode(), written(value)) for name, value in values.items())
    return b",\n".join(members)


def _records(records: Mapping[Address, Record]) -> Iterable[bytes | memoryview]:
    """Their member in one line a record, so that a review shows which ones changed."""
    lines = _lines([{str(address): _sparse(records[address])} for address in sorted(records)])
    if not lines:
        return (_members({"records": {}}),)
    # An object a line becomes a member a line; no text has a line break of its own.
    inner = memoryview(lines.replace(b"}\n{", b",\n  "))[1:-2]
    return _RECORDS[1:], b"  ", inner, _END.rstrip(b",\n")


def _sparse(record: Record) -> Record:
    """The same: the encoder leaves a default out where it is that very object, not an equal one."""
    if record.attempt is FIRST or record.attempt != FIRST:
        return record
    return replace(record, attempt=FIRST)


def _lines(objects: Sequence[Body]) -> bytes:
    """A line each, all of them in one go; as `written` where there is half a surrogate pair."""
    try:
        return _ENCODER.encode_lines(objects)
    except ValueError:
        return b"".join(written(one) + b"\n" for one in objects)


def _apart(document: bytes) -> Body | None:
    """The body of a document as it is written today, its records read as such at once.

    As large as they are, they are what a read of the state costs. None: the document is of another
    format or layout, or something in a record is odd, and the slow way has the words for it.
    """
    begin, end = document.find(_RECORDS), document.find(_END)
    if not 0 <= begin < end:
        return None
    body = parsed(document[:begin] + _NO_RECORDS + document[end + len(_END) :])
    if body["version"] != FORMAT:
        return None
    records = _typed(memoryview(document)[begin + len(_RECORDS) - 2 : end + len(_END) - 2])
    return records and body | {"records": records}


def _typed(lines: memoryview) -> dict[str, Record] | None:
    """The records of these lines, if writing them takes as many bytes: then nothing was dropped."""
    try:
        records = _RECORDS_OF.decode(lines)
        size = _size(records)
    except UNREADABLE:
        return None
    return records if len(lines) == size else None


def _size(records: dict[str, Record]) -> int:
    """Bytes of these records as they are written.

    A few are written at a time: what is only measured need not take megabytes.
    """
    items, size = iter(records.items()), len("{\n ") + len("\n  ") * len(records)
    while some := dict(islice(items, 256)):
        size += len(msgspec.json.encode(some)) - 1
    return size


def _sum(text: bytes) -> bytes:
    return hashlib.sha256(text).hexdigest()[:16].encode()


def _said(error: Exception) -> str:
    return f"no {error}" if isinstance(error, KeyError) else str(error)


def _refuse(document: bytes, shown: str) -> NoReturn:
    """Say why a document whose checksum is not its own cannot be used."""
    if not document:
        raise _damaged(shown, "it is empty")
    try:
        body = parsed(document)
    except UNREADABLE:
        body = {}
    version = body.get("version")
    if isinstance(version, int) and version > FORMAT and {"owner", "endpoint"} <= body.keys():
        raise _newer(body, shown)
    if body and "sha256" not in body:
        raise _damaged(shown, "it is JSON, but reconciler did not write it")
    raise _damaged(shown, "its checksum does not match its content")


def _newer(body: Mapping[str, Any], shown: str) -> Refusal:
    return Refusal(
        f"refused: the state is of format {body['version']}, this version reads {FORMAT}",
        where=shown,
        why=f"reconciler {body.get('writer', 'of a newer version')} wrote it, "
        f"this is {__version__}",
        cure="upgrade: pip install -U finetune-reconciler",
    )


def _damaged(shown: str, why: str) -> Damaged:
    return Damaged(
        "refused: the state is damaged",
        where=shown,
        why=why,
        cure=REBUILD,
    )
