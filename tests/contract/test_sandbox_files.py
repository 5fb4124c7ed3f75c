"""The sandbox answers the file endpoints as the API does."""

import json
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from openai import APIStatusError, BadRequestError, NotFoundError
from urllib3 import BaseHTTPResponse

from reconciler.sandbox import routes_files
from reconciler.sandbox.blobs import CHUNK
from reconciler.sandbox.store import Store
from tests.contract.sandbox_kit import Box, dataset, sandbox


def test_an_upload_comes_back_as_sent() -> None:
    """The File object has what was sent, and the content is the same bytes."""
    with sandbox() as box:
        file = box.upload(dataset(), "my data.jsonl")
        assert (file.bytes, file.filename) == (len(dataset()), "my data.jsonl")
        assert (file.purpose, file.status) == ("fine-tune", "processed")
        assert box.openai.files.content(file.id).read() == dataset()
        assert box.openai.files.retrieve(file.id) == file


def test_equal_uploads_get_new_ids() -> None:
    """Nothing is idempotent: the same bytes twice are two files."""
    with sandbox() as box:
        assert box.upload().id != box.upload().id


@pytest.mark.parametrize("size", [1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7])
def test_content_survives_any_size(size: int) -> None:
    """Bytes of any length, also across chunks, come back unchanged."""
    content = (bytes(range(251)) * (size // 251 + 1))[:size]
    with sandbox() as box:
        file = box.openai.files.create(file=("a.bin", content), purpose="vision")
        assert file.bytes == size
        assert box.openai.files.content(file.id).read() == content


def test_a_file_that_is_too_large_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """More bytes than allowed are a 413, and none of them stays in the store."""
    monkeypatch.setattr(routes_files, "MAX_FILE", 2 * CHUNK)
    with sandbox(tmp_path / "s.db") as box:
        with pytest.raises(APIStatusError) as caught:
            box.openai.files.create(file=("a.bin", bytes(4 * CHUNK)), purpose="vision")
        assert caught.value.status_code == 413
    assert _chunks(tmp_path / "s.db") == 0


def test_a_client_that_goes_away_leaves_nothing(tmp_path: Path) -> None:
    """Half an upload is no file, and its bytes do not stay."""
    body = _multipart(('purpose"', b"vision"), ('file"; filename="a"', bytes(3 * CHUNK)))
    with sandbox(tmp_path / "s.db") as box:
        parts = urlsplit(box.server.base_url)
        with socket.create_connection((parts.hostname or "", parts.port or 0)) as raw:
            head = "POST /v1/files HTTP/1.1\r\nhost: x\r\nauthorization: Bearer k\r\n"
            kind = "content-type: multipart/form-data; boundary=B\r\n"
            raw.sendall(f"{head}{kind}content-length: {len(body)}\r\n\r\n".encode())
            raw.sendall(body[: 2 * CHUNK])
        assert box.control("GET", "/ledger")["files"] == []
    assert _chunks(tmp_path / "s.db") == 0


def _chunks(path: Path) -> int:
    with Store(path) as store:
        (count,) = store.one("SELECT count(*) FROM chunks") or (None,)
    return int(count)


def test_a_deleted_file_keeps_its_bytes_only_for_a_job(tmp_path: Path) -> None:
    """A job was given its data; other bytes go with their file."""
    with sandbox(tmp_path / "s.db") as box:
        unused, used = box.upload(), box.job()
        for file_id in (unused.id, used.training_file):
            box.openai.files.delete(file_id)
    assert _chunks(tmp_path / "s.db") == 1


def test_deletion_is_final() -> None:
    """A deleted file is gone from everywhere, and a second deletion is a 404."""
    with sandbox() as box:
        file = box.upload()
        assert box.openai.files.delete(file.id).deleted
        for call in (box.openai.files.retrieve, box.openai.files.delete, box.openai.files.content):
            with pytest.raises(NotFoundError, match=f"No such File object: {file.id}") as caught:
                call(file.id)
            assert (caught.value.param, caught.value.code) == ("id", None)
        assert box.openai.files.list().data == []
        assert box.control("GET", "/ledger")["files"][0]["deleted_at"] == box.clock.now


def test_pages_are_newest_first_and_complete() -> None:
    """Walking pages by cursor meets every file once, in either order."""
    with sandbox() as box:
        ids = []
        for _ in range(7):
            ids.append(box.upload().id)
            box.clock.now += 0.4
        newest_first = [file.id for file in box.openai.files.list(limit=3)]
        assert newest_first == ids[::-1]
        assert [file.id for file in box.openai.files.list(limit=2, order="asc")] == ids
        page = box.send("GET", "/files?limit=3").json()
        assert (page["first_id"], page["last_id"]) == (ids[-1], ids[-3])
        assert page["has_more"] is True


def test_the_purpose_filters() -> None:
    """A list by purpose shows only that purpose."""
    with sandbox() as box:
        box.upload()
        other = box.openai.files.create(file=("a.txt", b"text"), purpose="user_data")
        assert [file.id for file in box.openai.files.list(purpose="user_data")] == [other.id]
        assert box.openai.files.list(purpose="nothing").data == []


def test_a_file_expires() -> None:
    """A file with `expires_after` is gone when its time is over; batch files last 30 days."""
    with sandbox() as box:
        expiry = {"anchor": "created_at", "seconds": 3600}
        file = box.openai.files.create(
            file=("a.jsonl", dataset()),
            purpose="fine-tune",
            expires_after=expiry,
        )
        batch = box.openai.files.create(file=("b.jsonl", dataset()), purpose="batch")
        assert file.expires_at == file.created_at + 3600
        assert batch.expires_at == batch.created_at + 30 * 24 * 3600
        box.clock.now += 3599
        box.openai.files.retrieve(file.id)
        box.control("POST", "/clock", {"advance": 1})
        with pytest.raises(NotFoundError):
            box.openai.files.retrieve(file.id)
        assert [each.id for each in box.openai.files.list()] == [batch.id]


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"", "a.jsonl", "empty"),
        (b"not json\n", "a.jsonl", "Expected file to have JSONL format, where every line is a"),
        (b"[1]\n", "a.jsonl", "Expected file to have JSONL format, where every line is a"),
        (b'{"a": 1}\n\n{"a": 1}\n', "a.jsonl", "Example 2 cannot be parsed"),
        (b'{"a": 1}\n', "a.csv", "extension"),
    ],
)
def test_training_files_must_be_jsonl(content: bytes, name: str, message: str) -> None:
    """Syntax is checked on upload; a refused upload leaves nothing behind."""
    with sandbox() as box:
        with pytest.raises(BadRequestError, match=message):
            box.upload(content, name)
        assert box.control("GET", "/ledger")["files"] == []


def test_two_lines_are_enough_for_an_upload() -> None:
    """The minimum of ten examples is the job's business."""
    with sandbox() as box:
        assert box.upload(dataset(2)).status == "processed"


def test_some_purposes_cannot_be_downloaded() -> None:
    """Files of assistants and user data stay on the server."""
    with sandbox() as box:
        file = box.openai.files.create(file=("a.txt", b"text"), purpose="user_data")
        with pytest.raises(BadRequestError, match="Not allowed to download files of purpose: user"):
            box.openai.files.content(file.id)


def _multipart(*parts: tuple[str, bytes]) -> bytes:
    shown = (
        b'--B\r\nContent-Disposition: form-data; name="' + head.encode() + b"\r\n\r\n" + body
        for head, body in parts
    )
    return b"\r\n".join(shown) + b"\r\n--B--\r\n"


FILE = ('file"; filename="a.jsonl"', dataset())


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (_multipart(FILE), "purpose"),
        (_multipart(("purpose", b"fine-tune")), None),
        (_multipart(('purpose"', b"fine-tune")), "file"),
        (_multipart(('purpose"', b"homework"), FILE), "purpose"),
        (_multipart(('purpose"', b"x" * 100_000), FILE), "purpose"),
        (_multipart(('purpose"', b"batch"), FILE)[:-40], None),
        (b"nonsense", None),
        (b"", None),
        (
            _multipart(('purpose"', b"batch"), ('expires_after[seconds]"', b"3600"), FILE),
            "expires_after.anchor",
        ),
        (
            _multipart(
                ('purpose"', b"batch"),
                ('expires_after[anchor]"', b"created_at"),
                ('expires_after[seconds]"', b"-1"),
                FILE,
            ),
            "expires_after.seconds",
        ),
    ],
)
def test_a_bad_form_is_refused(body: bytes, param: str | None) -> None:
    """Forms that lack something or are cut short get a 400 in the API's envelope."""
    with sandbox() as box:
        answer = _post_form(box, body)
        assert answer.status == 400
        assert param is None or answer.json()["error"]["param"] == param


def test_the_purpose_may_follow_the_file() -> None:
    """Form parts come in any order."""
    with sandbox() as box:
        assert _post_form(box, _multipart(FILE, ('purpose"', b"fine-tune"))).status == 200


def _post_form(box: Box, body: bytes) -> BaseHTTPResponse:
    headers = {"content-type": "multipart/form-data; boundary=B"}
    return box.send("POST", "/files", body, headers=headers)


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=10001", "limit=x", "limit=", "order=up", "order=", "after=file-none"],
)
def test_a_bad_page_is_refused(query: str) -> None:
    """Page parameters out of range, and cursors that are nothing, get a 400."""
    with sandbox() as box:
        answer = box.send("GET", f"/files?{query}")
        assert answer.status == 400
        assert json.loads(answer.data)["error"]["type"] == "invalid_request_error"
