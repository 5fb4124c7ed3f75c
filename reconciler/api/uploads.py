"""The verbs of `/uploads`: a file that is too large for one request, in parts."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from threading import Event

from reconciler.api.call import Call, item, json_payload
from reconciler.api.caller import Caller
from reconciler.api.line import always
from reconciler.api.multipart import FILE_LIMIT, Upload, changed
from reconciler.api.outcome import lacking, nested_object, too_late, undone
from reconciler.api.parts import Digests, Part, Sent, cut, part_form, require_planned
from reconciler.api.reply import Json
from reconciler.api.retry import insist
from reconciler.api.text import clean
from reconciler.errors import ApiError, ReconcilerError, Unknown

UPLOADS = "/uploads"
# Seconds for the last answer: the API puts up to 8 GB together and hashes them before it.
COMPLETION = 600.0
# Parts of one file at once; each holds a block of 256 KiB and a connection.
SIDE_BY_SIDE = 4


class Uploads(Caller):
    """Uploads: no part of one is a file before its completion, and after an hour it is gone."""

    def upload_in_parts(
        self, upload: Upload, *, op: str, may_send: Callable[[], bool] = always
    ) -> Json:
        """The file that the API made of `upload`, sent in parts of 64 MB, some side by side.

        `upload.source` must be seekable: it is read once to be hashed, and each part to be sent,
        again when it is sent again. All but the completion is sent again while that may help.
        The completion makes the file: it carries `op` and goes out once, or again if it certainly
        did nothing. `may_send` is asked before the first request alone, since the parts take
        their time; the hour after which the API lets an upload expire bounds the rest.

        Raises:
            Unknown: the completion is in doubt: look the file up by its name.
            Refusal: the bytes are not the planned ones; no file was made.
            ApiError: any other: something failed, and no file was made.
        """
        create = self._creation(upload)
        if not may_send():
            raise too_late(self.endpoint, create)
        with _nothing_made():
            upload_id: str = self.ask_object(create)["id"]
        with self._cancelled_on_failure(upload_id):
            with _nothing_made():
                part_ids, md5 = self._add_parts(upload, upload_id)
            return self._complete(upload_id, part_ids, md5, op)

    def cancel_upload(self, upload_id: str) -> Json:
        """The upload as the API answers; sent again only if it did nothing.

        Raises `Refused` for an upload that was completed, cancelled or has expired.
        """
        return self.act(Call("POST", item(UPLOADS, upload_id, "cancel")))

    def _creation(self, upload: Upload) -> Call:
        if not self.dialect.uploads_parts:
            cure = f"split {clean(upload.path)}; a file may have {FILE_LIMIT:,} bytes there"
            raise lacking(self.endpoint, "takes no file in parts", cure)
        return Call("POST", UPLOADS, payload=json_payload(_announcement(upload)))

    def _add_parts(self, upload: Upload, upload_id: str) -> tuple[list[str], str]:
        """The ids of all parts in order, and the md5 of the whole; sent as it was planned."""
        path, parts, sending = item(UPLOADS, upload_id, "parts"), list(cut(upload)), _Sending()
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool, sending, ExitStack() as stack:
            added = [pool.submit(self._add_part, path, part, sending.go_on) for part in parts]
            digests, planned = Digests(stack), []
            for part in parts:
                _raise_first(added)
                planned.append(digests.add(part))
            require_planned(parts[-1], digests)
            ids, sent = zip(*(future.result() for future in added), strict=True)
            if list(sent) != planned:
                raise changed(upload, "its bytes are others")
            return [*ids], digests.md5.hexdigest()

    def _add_part(self, path: str, part: Part, go_on: Callable[[], None]) -> tuple[str, int]:
        """The part's id, and the checksum of what was sent; one that failed goes as a new one."""

        def attempt() -> tuple[str, int]:
            go_on()
            sent = Sent(part)
            try:
                answer = self._object(Call("POST", path, payload=part_form(part, sent, go_on)))
            except ApiError:
                sent.undo()
                raise
            return answer["id"], sent.checksum

        return insist(attempt, self._patience)

    def _complete(self, upload_id: str, part_ids: Sequence[str], md5: str, op: str) -> Json:
        path = item(UPLOADS, upload_id, "complete")
        call = Call(
            "POST", path, (), json_payload({"part_ids": part_ids, "md5": md5}), op, COMPLETION
        )
        return nested_object(self.endpoint, call, self.act(call), "file")

    @contextmanager
    def _cancelled_on_failure(self, upload_id: str) -> Iterator[None]:
        """Leaves no upload behind that is certain not to become a file."""
        try:
            yield
        except Unknown:
            raise
        except ReconcilerError:
            with suppress(ApiError):
                self.cancel_upload(upload_id)
            raise


class _Sending:
    """Parts under way: when one of them fails the others stop, since nothing comes of them."""

    def __init__(self) -> None:
        self._is_over = Event()

    def __enter__(self) -> None:
        """Nothing has failed yet."""

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._is_over.set()

    def go_on(self) -> None:
        """Asked before each block; raises once nobody waits for the part."""
        if self._is_over.is_set():
            raise ReconcilerError("the upload was given up")


def _raise_first(added: Sequence[Future[tuple[str, int]]]) -> None:
    for future in added:
        if future.done():
            future.result()


@contextmanager
def _nothing_made() -> Iterator[None]:
    """A doubt in the block is none: no file comes of an upload without its completion."""
    try:
        yield
    except Unknown as doubt:
        raise undone(doubt) from doubt


def _announcement(upload: Upload) -> Json:
    body: Json = {
        "filename": upload.filename,
        "purpose": upload.purpose,
        "bytes": upload.size,
        "mime_type": _mime_type(upload.filename),
    }
    if upload.expires_after is not None:
        body["expires_after"] = {"anchor": "created_at", "seconds": upload.expires_after}
    return body


def _mime_type(filename: str) -> str:
    """What the API expects for JSONL; anything else is bytes."""
    return "text/jsonl" if filename.endswith(".jsonl") else "application/octet-stream"
