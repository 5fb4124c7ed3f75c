"""The formats that states have had, and how an old one becomes the present one.

A newer format is refused untouched; an older one is read through the migrations and written as the
present one by the first commit. Of each format that was ever written a state and its journal are
kept in the tests.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

Body = dict[str, Any]

FORMAT = 4
"""Of what is written."""


class Migration(NamedTuple):
    """From one format to the next; both are pure and get a body that is theirs to change."""

    document: Callable[[Body], Body]
    entry: Callable[[Body], Body] = lambda body: body


_UNSAID: Body = {"spec": {}, "phase": "unknown", "status": "", "created_at": 0, "facts": {}}
"""Members of a record that format 1 left out where there was nothing to say."""


def _with_epoch(body: Body) -> Body:
    """2: who wrote it, and under which lock; of the ids that we cancelled the addresses went."""
    records = {address: _UNSAID | record for address, record in body["records"].items()}
    new = {"epoch": 0, "write_id": "", "cancelled": list(body["cancelled"]), "records": records}
    return {"reviewed": None} | body | new


def _with_whole_record(body: Body) -> Body:
    """2: a record says all of what is known of it."""
    return body | {"record": _UNSAID | body["record"]} if "record" in body else body


def _with_origin(body: Body) -> Body:
    """3: since when the state knows, what stays on purpose, and which runs are being held."""
    return {"since": None, "kept": [], "holding": []} | body


def _with_aliases(body: Body) -> Body:
    """4: what aliases point at, what came of checks, and which models an alias gave up."""
    return {"aliases": {}, "checked": [], "released": []} | body


MIGRATIONS: Mapping[int, Migration] = {
    1: Migration(_with_epoch, _with_whole_record),
    2: Migration(_with_origin),
    3: Migration(_with_aliases),
}
"""Format → what leads to the next one; all from 1 to the present one are there."""


def present_document(body: Body) -> Body:
    """A document's body of any known format, as the present one would have it."""
    for step in range(body["version"], FORMAT):
        body = MIGRATIONS[step].document(body)
    return body


def present_entry(body: Body, version: int) -> Body:
    """The same of a journal's entry, which has the format of the checkpoint that it follows."""
    for step in range(version, FORMAT):
        body = MIGRATIONS[step].entry(body)
    return body
