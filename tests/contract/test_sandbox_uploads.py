"""The sandbox takes large files in parts."""

import hashlib
from typing import Any

import pytest
from openai import BadRequestError, NotFoundError
from openai.types import Upload

from tests.contract.sandbox_kit import Box, dataset, sandbox

DATA = dataset(40)
HALF = len(DATA) // 2


def _begin(box: Box, **more: Any) -> Upload:
    asked: dict[str, Any] = {"bytes": len(DATA), "filename": "big.jsonl", "purpose": "fine-tune"}
    return box.openai.uploads.create(**asked | {"mime_type": "text/jsonl"} | more)


def _part(box: Box, upload: Upload, data: bytes) -> str:
    return str(box.openai.uploads.parts.create(upload.id, data=data).id)


def test_parts_become_a_file_in_the_order_named() -> None:
    """Parts may come in any order; completion names theirs, and may prove it with an md5."""
    with sandbox() as box:
        upload = _begin(box)
        assert (upload.status, upload.expires_at) == ("pending", upload.created_at + 3600)
        second, first = _part(box, upload, DATA[HALF:]), _part(box, upload, DATA[:HALF])
        md5 = hashlib.md5(DATA).hexdigest()
        done = box.openai.uploads.complete(upload.id, part_ids=[first, second], md5=md5)
        assert done.status == "completed"
        assert done.file is not None
        assert (done.file.bytes, done.file.filename) == (len(DATA), "big.jsonl")
        assert box.openai.files.content(done.file.id).read() == DATA
        assert box.trained(training_file=done.file.id).status == "succeeded"
        (told,) = box.control("GET", "/ledger")["uploads"]
        assert (told["id"], told["file_id"]) == (upload.id, done.file.id)


@pytest.mark.parametrize("wrong", ["order", "md5", "size", "stranger", "none"])
def test_a_wrong_completion_is_refused_and_can_be_mended(wrong: str) -> None:
    """Neither a wrong md5 nor wrong parts close an upload."""
    with sandbox() as box:
        upload = _begin(box)
        parts = [_part(box, upload, DATA[:HALF]), _part(box, upload, DATA[HALF:])]
        other = _part(box, _begin(box), DATA)
        md5 = hashlib.md5(DATA).hexdigest()
        bad: dict[str, tuple[list[str], str]] = {
            "order": (parts[::-1], md5),
            "md5": (parts, "0" * 32),
            "size": (parts[:1], md5),
            "stranger": ([other], md5),
            "none": ([], md5),
        }
        named, digest = bad[wrong]
        with pytest.raises(BadRequestError):
            box.openai.uploads.complete(upload.id, part_ids=named, md5=digest)
        assert box.openai.uploads.complete(upload.id, part_ids=parts, md5=md5).file is not None
        assert len(box.openai.files.list().data) == 1


def test_an_ended_upload_takes_nothing_more() -> None:
    """Completed, cancelled and expired uploads refuse parts, completion and cancellation."""
    with sandbox() as box:
        done, cancelled, expired = (_begin(box) for _ in range(3))
        part = _part(box, done, DATA)
        box.openai.uploads.complete(done.id, part_ids=[part])
        assert box.openai.uploads.cancel(cancelled.id).status == "cancelled"
        box.clock.now += 3600
        for upload in (done, cancelled, expired):
            with pytest.raises(BadRequestError):
                _part(box, upload, DATA)
            with pytest.raises(BadRequestError):
                box.openai.uploads.complete(upload.id, part_ids=[part])
            with pytest.raises(BadRequestError):
                box.openai.uploads.cancel(upload.id)


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"bytes": 0}, "bytes"),
        ({"bytes": 2**60}, "bytes"),
        ({"purpose": "homework"}, "purpose"),
        ({"filename": ""}, "filename"),
        ({"expires_after": {"anchor": "created_at", "seconds": 1}}, "expires_after.seconds"),
    ],
)
def test_a_bad_upload_is_refused(more: dict[str, Any], param: str) -> None:
    """The first wrong field is named."""
    with sandbox() as box:
        with pytest.raises(BadRequestError) as caught:
            _begin(box, **more)
        assert caught.value.param == param


def test_an_unknown_upload_is_a_404() -> None:
    """There is nothing to cancel."""
    with sandbox() as box, pytest.raises(NotFoundError):
        box.openai.uploads.cancel("upload_none")


def test_an_upload_of_bad_jsonl_cannot_be_completed() -> None:
    """The same syntax check as for whole files."""
    with sandbox() as box:
        upload = _begin(box, bytes=5)
        part = _part(box, upload, b"{bad}")
        with pytest.raises(BadRequestError, match="Expected file to have JSONL format"):
            box.openai.uploads.complete(upload.id, part_ids=[part])
