"""The endpoints of `/v1/uploads`: a large file in parts."""

import asyncio
import hashlib
import json
import sqlite3
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from starlette.responses import Response

from reconciler.sandbox import blobs, fields, file_rows
from reconciler.sandbox.blobs import Draft
from reconciler.sandbox.call import Call, json_text
from reconciler.sandbox.envelope import Rejected, no_such_upload
from reconciler.sandbox.file_rows import File
from reconciler.sandbox.identity import fresh
from reconciler.sandbox.multipart import Form, read_form
from reconciler.sandbox.routes_files import (
    CHECKED_BYTES,
    check_expiry,
    check_jsonl,
    check_purpose,
    made,
)
from reconciler.sandbox.store import Store
from reconciler.sandbox.validation import first_unparsed

MAX_UPLOAD = 8 * 1024 * 1024 * 1024
MAX_PART = 64 * 1024 * 1024
LASTS = 3600
"""Seconds after which a pending upload expires."""

_COLUMNS = "id, created_at, expires_at, bytes, filename, purpose, lasts, status, file_id"


class Upload(Struct, frozen=True):
    """An upload; `lasts` is the life in seconds of the file it becomes."""

    id: str
    created_at: int
    expires_at: int
    bytes: int
    filename: str
    purpose: str
    lasts: int | None
    status: str = "pending"
    file_id: str | None = None

    def body(self, file: File | None = None) -> str:
        """The upload object of the API, as JSON text."""
        shown: dict[str, Any] = {
            "id": self.id,
            "object": "upload",
            "bytes": self.bytes,
            "created_at": self.created_at,
            "filename": self.filename,
            "purpose": self.purpose,
            "status": self.status,
            "expires_at": self.expires_at,
        }
        if file is not None:
            shown["file"] = json.loads(file.body())
        return json.dumps(shown)


def _find(store: Store, upload_id: str, now: float) -> Upload:
    row = store.one(f"SELECT {_COLUMNS} FROM uploads WHERE id = ?", upload_id)  # noqa: S608 - constant
    if row is None:
        raise no_such_upload(upload_id)
    upload = Upload(*row)
    if upload.status == "pending" and now >= upload.expires_at:
        return replace(upload, status="expired")
    return upload


def _pending(store: Store, upload_id: str, now: float) -> Upload:
    upload = _find(store, upload_id, now)
    if upload.status != "pending":
        raise Rejected(f"Upload {upload_id} is {upload.status}, not pending.", param="upload_id")
    return upload


async def create(call: Call) -> Response:
    """`POST /uploads`: say what will come."""
    body = await call.body()
    size = fields.integer(fields.required(body, "bytes"), "bytes", least=1, most=MAX_UPLOAD)
    filename = fields.string(fields.required(body, "filename"), "filename", least=1)
    purpose = check_purpose(fields.required(body, "purpose"))
    fields.string(fields.required(body, "mime_type"), "mime_type", least=1)
    lasts = check_expiry(body["expires_after"]) if body.get("expires_after") is not None else None
    upload_id, now = fresh("upload_"), int(call.now)
    upload = Upload(upload_id, now, now + LASTS, size, filename, purpose, lasts)
    with call.store.writing() as db:
        values = (upload.id, now, upload.expires_at, size, filename, purpose, lasts, "pending")
        db.execute("INSERT INTO uploads VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)", values)
    return json_text(upload.body())


async def add_part(call: Call) -> Response:
    """`POST /uploads/{id}/parts`: take one part in, in any order."""
    upload = _pending(call.store, call.ids[0], call.now)
    draft = Draft(call.store, fresh("part_"))
    form = Form("data", draft, MAX_PART)
    try:
        await read_form(call.request, form)
        if form.filename is None:
            fields.required({}, "data")
    except BaseException:  # refused, gone away, or the server stops: nothing may stay
        draft.discard()
        raise
    with call.store.writing() as db:
        draft.seal(db)
        db.execute("INSERT INTO parts VALUES (?, ?, ?)", (draft.id, upload.id, draft.size))
    shown = {"id": draft.id, "object": "upload.part", "created_at": int(call.now)}
    return json_text(json.dumps(shown | {"upload_id": upload.id}))


async def complete(call: Call) -> Response:
    """`POST /uploads/{id}/complete`: the parts, in the order named, become a file."""
    body = await call.body()
    upload = _pending(call.store, call.ids[0], call.now)
    parts = _named_parts(call.store, upload, body)
    if body.get("md5") is not None:
        await _check_md5(call.store, parts, fields.string(body["md5"], "md5"))
    if upload.purpose == "fine-tune":
        head = blobs.lines(blobs.read(call.store, parts), CHECKED_BYTES)
        check_jsonl(upload.filename, first_unparsed(head))
    file = _assemble(call, upload, parts)
    with call.store.writing() as db:
        file_rows.add(db, file)
        _close(db, upload.id, "completed", file.id)
    return json_text(replace(upload, status="completed").body(file))


def _assemble(call: Call, upload: Upload, parts: tuple[str, ...]) -> File:
    renamed = call.faults.get("renamed_files")
    name = str(renamed.parameters["name"]) if renamed else upload.filename
    draft = Draft(call.store, fresh("file-", 22), size=upload.bytes)
    return replace(made(draft, name, upload.purpose, upload.lasts, call.now), blobs=parts)


def _named_parts(store: Store, upload: Upload, body: dict[str, Any]) -> tuple[str, ...]:
    named = fields.array(fields.required(body, "part_ids"), "part_ids", least=1)
    rows = store.all("SELECT id, bytes FROM parts WHERE upload_id = ?", upload.id)
    sizes: dict[str, int] = dict(rows)
    parts = tuple(fields.string(each, "part_ids") for each in named)
    for part in parts:
        if part not in sizes:
            raise Rejected(f"No such part of this upload: {part}", param="part_ids")
    total = sum(sizes[part] for part in parts)
    if total != upload.bytes:
        raise Rejected(
            f"The parts have {total} bytes, but the upload was created for {upload.bytes}.",
            param="part_ids",
        )
    return parts


async def _check_md5(store: Store, parts: tuple[str, ...], expected: str) -> None:
    def digest() -> str:
        found = hashlib.md5(usedforsecurity=False)
        for chunk in blobs.read(store, parts):
            found.update(chunk)
        return found.hexdigest()

    if await asyncio.to_thread(digest) != expected.lower():
        raise Rejected("The md5 of the parts does not match the one given.", param="md5")


def _close(db: sqlite3.Connection, upload_id: str, status: str, file_id: str | None) -> None:
    """End a pending upload, unless a request at the same time did."""
    query = "UPDATE uploads SET status = ?, file_id = ? WHERE id = ? AND status = 'pending'"
    if not db.execute(query, (status, file_id, upload_id)).rowcount:
        raise Rejected(f"Upload {upload_id} is not pending.", param="upload_id")


async def cancel(call: Call) -> Response:
    """`POST /uploads/{id}/cancel`: forget the parts."""
    upload = _pending(call.store, call.ids[0], call.now)
    with call.store.writing() as db:
        _close(db, upload.id, "cancelled", None)
        parts = db.execute("SELECT id FROM parts WHERE upload_id = ?", (upload.id,)).fetchall()
        blobs.drop(db, [part for (part,) in parts])
    return json_text(replace(upload, status="cancelled").body())
