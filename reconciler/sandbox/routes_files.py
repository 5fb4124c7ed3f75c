"""The endpoints of `/v1/files`."""

import json
from collections.abc import AsyncIterator
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from reconciler.sandbox import blobs, fields, file_rows, job_rows, metrics
from reconciler.sandbox.blobs import Draft
from reconciler.sandbox.call import Call, forgiving, json_list, json_text
from reconciler.sandbox.envelope import Rejected
from reconciler.sandbox.file_rows import File, FilePage
from reconciler.sandbox.identity import fresh
from reconciler.sandbox.multipart import Form, read_form
from reconciler.sandbox.validation import first_unparsed

PURPOSES = ("assistants", "batch", "fine-tune", "vision", "user_data", "evals")
MAX_FILE = 512 * 1024 * 1024
MAX_PAGE = 10_000
CHECKED_BYTES = 8 * 1024 * 1024
"""How much of a file is checked for JSONL syntax on upload; the job checks the rest."""

_SECRET = ("assistants", "user_data")
_BATCH_LASTS = 30 * 24 * 3600
_NOT_JSONL = "Expected file to have JSONL format, where every line is a valid JSON dictionary. "


async def create(call: Call) -> Response:
    """`POST /files`: take the file in as it arrives."""
    draft = Draft(call.store, fresh("file-", 22))
    form = Form("file", draft, MAX_FILE)
    try:
        await read_form(call.request, form)
        file = _accept(call, form)
    except BaseException:  # refused, gone away, or the server stops: nothing may stay
        draft.discard()
        raise
    with call.store.writing() as db:
        draft.seal(db)
        file_rows.add(db, file)
    return json_text(file.body())


def _accept(call: Call, form: Form) -> File:
    purpose = check_purpose(fields.required(form.texts, "purpose"))
    if form.filename is None:
        fields.required({}, "file")
    lasts = _lasts(form.texts)
    check_content(purpose, form.filename or "", form.draft)
    renamed = call.faults.get("renamed_files")
    name = str(renamed.parameters["name"]) if renamed else form.filename or ""
    return made(form.draft, name, purpose, lasts, call.now)


def made(draft: Draft, filename: str, purpose: str, lasts: int | None, now: float) -> File:
    """The file that a draft becomes; `lasts` is its life in seconds."""
    lasts = _BATCH_LASTS if lasts is None and purpose == "batch" else lasts
    expires_at = None if lasts is None else int(now) + lasts
    return File(draft.id, int(now), purpose, filename, draft.size, expires_at, (draft.id,))


def check_purpose(purpose: object) -> str:
    """One of the purposes that can be asked for."""
    return fields.choice(purpose, "purpose", PURPOSES)


def check_content(purpose: str, filename: str, draft: Draft) -> None:
    """Refuse an empty file, and one for fine-tuning that is not JSONL."""
    if draft.size == 0:
        raise Rejected("File is empty.", param="file")
    if purpose == "fine-tune":
        check_jsonl(filename, first_unparsed(blobs.lines(draft.chunks(), CHECKED_BYTES)))


def check_jsonl(filename: str, problem: str | None) -> None:
    """Refuse a name that does not end in `.jsonl`, and content with a problem."""
    if not filename.endswith(".jsonl"):
        raise Rejected(f"Invalid file extension in '{filename}': expected .jsonl.", param="file")
    if problem:
        raise Rejected(_NOT_JSONL + problem)


def _lasts(texts: dict[str, str]) -> int | None:
    """The seconds of `expires_after`, from form fields; None when there are none."""
    named = {name: texts.get(f"expires_after[{name}]") for name in ("anchor", "seconds")}
    given = {name: text for name, text in named.items() if text is not None}
    if not given:
        return None
    text = given.get("seconds", "")
    seconds = int(text) if text.isdecimal() and len(text) < 12 else text  # noqa: PLR2004 - no huge int
    return check_expiry(given | {"seconds": seconds} if "seconds" in given else given)


def check_expiry(given: object) -> int:
    """The seconds of an `expires_after` object."""
    expiry = fields.mapping(given, "expires_after")
    anchor = fields.required(expiry, "anchor", "expires_after")
    fields.choice(anchor, "expires_after.anchor", ("created_at",))
    seconds = fields.required(expiry, "seconds", "expires_after")
    return fields.integer(seconds, "expires_after.seconds", least=3600, most=2_592_000)


async def index(call: Call) -> Response:
    """`GET /files`: one page, newest first unless asked otherwise."""
    asked = call.query("order")
    order = fields.choice("desc" if asked is None else asked, "order", ("asc", "desc"))
    limit = call.limit(MAX_PAGE, MAX_PAGE)
    ids, bodies, has_more = forgiving(
        call,
        lambda after: file_rows.page(
            call.store, FilePage(limit, order, after, call.query("purpose"), call.before())
        ),
    )
    first, last = (json.dumps(ids[0]), json.dumps(ids[-1])) if ids else ('""', '""')
    return json_list(bodies, first_id=first, last_id=last, has_more=json.dumps(has_more))


async def retrieve(call: Call) -> Response:
    """`GET /files/{id}`."""
    return json_text(file_rows.get(call.store, call.ids[0]).body())


async def content(call: Call) -> Response:
    """`GET /files/{id}/content`: the bytes, in constant memory."""
    file = file_rows.get(call.store, call.ids[0])
    if file.purpose in _SECRET:
        raise Rejected(f"Not allowed to download files of purpose: {file.purpose}")
    headers = {"content-disposition": _disposition(file.filename)}
    if file.job_id:
        results = metrics.results(job_rows.get(call.store, file.job_id))
        return Response(results, media_type="application/octet-stream", headers=headers)
    headers["content-length"] = str(file.bytes)
    stream = _stream(call, file)
    return StreamingResponse(stream, media_type="application/octet-stream", headers=headers)


async def _stream(call: Call, file: File) -> AsyncIterator[bytes]:
    for chunk in blobs.read(call.store, file.blobs):
        yield chunk


def _disposition(filename: str) -> str:
    if filename.isascii() and filename.isprintable() and '"' not in filename:
        return f'attachment; filename="{filename}"'
    return f"attachment; filename*=UTF-8''{quote(filename, safe='')}"


async def delete(call: Call) -> Response:
    """`DELETE /files/{id}`."""
    file_rows.delete(call.store, call.ids[0], call.now)
    return json_text(json.dumps({"id": call.ids[0], "object": "file", "deleted": True}))
