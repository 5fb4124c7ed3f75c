"""The control endpoints `/sandbox/*`, beside the API: the oracle for tests, the clock, the faults.

`GET    /sandbox/ledger`   everything ever created, also what is deleted, and requests by route
`POST   /sandbox/clock`    `{"advance": seconds}` moves the clock of every server of the store
`GET    /sandbox/faults`   the faults that are on
`POST   /sandbox/faults`   one fault, or `{"faults": [...]}`; see `faults.KINDS`
`DELETE /sandbox/faults`   no more faults
"""

import json

from starlette.responses import Response

from reconciler.sandbox import faults, fields
from reconciler.sandbox.call import Call, json_text
from reconciler.sandbox.envelope import Rejected
from reconciler.sandbox.faults import Fault
from reconciler.sandbox.store import Store, advance_clock

MAX_LEAP = 10 * 365 * 24 * 3600.0


async def ledger(call: Call) -> Response:
    """Everything ever created: each with `deleted_at`, null while it lives."""
    await call.api.catch_up(call.now)
    shown = {
        "now": call.now,
        "files": _ledger(call.store, "files"),
        "jobs": _ledger(call.store, "jobs"),
        "models": _ledger(call.store, "models"),
        "uploads": _uploads(call.store),
        "requests": dict(call.store.all("SELECT route, count FROM requests")),
    }
    return json_text(json.dumps(shown))


def _ledger(store: Store, table: str) -> list[dict[str, object]]:
    deleted = "NULL" if table == "jobs" else "deleted_at"
    rows = store.all(f"SELECT body, {deleted} FROM {table} ORDER BY seq")  # noqa: S608 - constants
    return [json.loads(body) | {"deleted_at": deleted_at} for body, deleted_at in rows]


def _uploads(store: Store) -> list[dict[str, object]]:
    names = ("id", "filename", "bytes", "status", "file_id")
    rows = store.all(f"SELECT {', '.join(names)} FROM uploads ORDER BY rowid")  # noqa: S608 - constants
    return [dict(zip(names, row, strict=True)) for row in rows]


async def clock(call: Call) -> Response:
    """Move the clock on."""
    seconds = fields.required(await call.body(), "advance")
    fields.number(seconds, "advance", least=0, most=MAX_LEAP)
    offset = advance_clock(call.store, float(seconds))
    return json_text(json.dumps({"now": call.api.now(), "offset": offset}))


async def faults_on(call: Call) -> Response:
    """Switch one or more faults on."""
    body = await call.body()
    given = fields.array(body["faults"], "faults") if "faults" in body else [body]
    try:
        wanted = [Fault.of(fields.mapping(each, "fault")) for each in given]
    except ValueError as error:
        raise Rejected(str(error)) from error
    for fault in wanted:
        _check_reach(fault)
    for fault in wanted:
        faults.switch_on(call.store, fault)
    return await faults_shown(call)


def _check_reach(fault: Fault) -> None:
    """Raise `Rejected` for a fault that never acts."""
    from reconciler.sandbox.reach import why_never  # noqa: PLC0415 - its routes lead here

    if why := why_never(fault):
        raise Rejected(f"{fault.kind} at {fault.method} {fault.path} never acts: {why}")


async def faults_shown(call: Call) -> Response:
    """The faults that are on, with what is left of their counts."""
    return json_text(json.dumps({"faults": faults.current(call.store)}))


async def faults_off(call: Call) -> Response:
    """Switch every fault off."""
    return json_text(json.dumps({"cleared": faults.switch_off_all(call.store)}))
