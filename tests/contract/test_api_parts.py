"""Uploads in parts: what is sent, what is left behind, and what a doubt means at each step."""

import hashlib
import io
import json
import threading
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from reconciler.api import FILE_LIMIT, Upload, uploads
from reconciler.api.multipart import BLOCK
from reconciler.api.parts import PART, Part, Sent, cut, part_form
from reconciler.api.reply import Json
from reconciler.errors import (
    ApiError,
    Interrupted,
    ReconcilerError,
    Refusal,
    Refused,
    Unknown,
    Unreachable,
)
from reconciler.sandbox.pace import INSTANT
from tests.contract.sandbox_kit import Box, dataset, sandbox
from tests.contract.test_api_upload import parts as parts_of_form
from tests.support.api import FakeTime, client, endpoint_at
from tests.support.api_faults import ONE_OF_EACH, Fault, assert_fit_to_show
from tests.support.cli import PATIENCE
from tests.support.scripted import (
    Act,
    Peer,
    Received,
    Scripted,
    answer,
    by_path,
    complaint,
    in_turn,
)

FILE = {"id": "file-1", "object": "file", "bytes": 25}
CONTENT = b"0123456789abcdefghijklmno"
STEPS: dict[str, Act] = {
    "/uploads": answer(200, {"id": "upload_1", "status": "pending"}),
    "/parts": answer(200, {"id": "part_1", "object": "upload.part"}),
    "/complete": answer(200, {"id": "upload_1", "status": "completed", "file": FILE}),
    "/cancel": answer(200, {"id": "upload_1", "status": "cancelled"}),
}


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of ten bytes."""
    monkeypatch.setattr(uploads, "cut", partial(cut, size=10))


def planned(content: bytes, *, source: bytes | None = None) -> Upload:
    """An upload that plans `content` and reads `source`."""
    read = io.BytesIO(content if source is None else source)
    digest = hashlib.sha256(content).hexdigest()
    return Upload(read, "data/big.jsonl", "p.big.jsonl", "fine-tune", len(content), digest)


def served(**faults: Act) -> Scripted:
    """A server of uploads that answers some steps otherwise."""
    return Scripted([by_path(STEPS | {f"/{step}": act for step, act in faults.items()})])


def _named(peer: Peer) -> bool:
    return answer(200, {"id": f"part_{sent(peer.request)[:1].decode()}"}).do(peer)


named = Act(_named)
"""A part is called after its first byte."""


def asked(server: Scripted) -> list[str]:
    """The last part of each path that was asked for, in order."""
    return [request.target.rpartition("/")[2] for request in server.requests]


def sent(request: Received) -> bytes:
    """The bytes of a part, as an independent parser reads them."""
    return parts_of_form(request.headers, request.body)["data"][1]


def test_a_file_goes_out_in_parts_of_their_size() -> None:
    """Announced with its size, completed once with the ids in order, the md5 and the op."""
    with served(parts=named) as server, client(server.base_url) as api:
        upload = planned(CONTENT)._replace(expires_after=3600)
        assert api.upload_in_parts(upload, op="op-1") == FILE
        create, *parts, complete = server.requests
        assert json.loads(create.body) == {
            "filename": "p.big.jsonl",
            "purpose": "fine-tune",
            "bytes": 25,
            "mime_type": "text/jsonl",
            "expires_after": {"anchor": "created_at", "seconds": 3600},
        }
        assert sorted(sent(part) for part in parts) == [CONTENT[:10], CONTENT[10:20], CONTENT[20:]]
        assert [part.target for part in parts] == ["/v1/uploads/upload_1/parts"] * 3
        assert complete.target == "/v1/uploads/upload_1/complete"
        md5 = hashlib.md5(CONTENT).hexdigest()
        assert json.loads(complete.body) == {"part_ids": ["part_0", "part_a", "part_k"], "md5": md5}
        ops = [request.headers.get("idempotency-key") for request in server.requests]
        assert ops == [None, None, None, None, "op-1"]


def test_other_files_than_jsonl_are_announced_as_bytes() -> None:
    """The API knows one media type for training data."""
    with served() as server, client(server.base_url) as api:
        api.upload_in_parts(planned(CONTENT)._replace(filename="p.image.png"), op="op-1")
        body = json.loads(server.requests[0].body)
        assert (body["mime_type"], "expires_after" in body) == ("application/octet-stream", False)


def test_a_part_that_failed_is_sent_as_a_new_one() -> None:
    """Its bytes are read again; only the part that arrived is named."""
    acts = [complaint(503), named, complaint(500), complaint(429), named, named]
    time = FakeTime()
    with served(parts=in_turn(acts)) as server, client(server.base_url, time=time) as api:
        api.upload_in_parts(planned(CONTENT), op="op-1")
        bodies = {sent(r) for r in server.requests if r.target.endswith("/parts")}
        assert bodies == {CONTENT[:10], CONTENT[10:20], CONTENT[20:]}
        assert asked(server).count("parts") == 6
        completed = json.loads(server.requests[-1].body)
        assert completed["part_ids"] == ["part_0", "part_a", "part_k"]
        assert completed["md5"] == hashlib.md5(CONTENT).hexdigest()
        assert len(time.pauses) == 3


def test_parts_go_side_by_side() -> None:
    """The first one is answered once the last one has come."""
    met = threading.Barrier(3, timeout=PATIENCE)

    def do(peer: Peer) -> bool:
        met.wait()
        return named.do(peer)

    with served(parts=Act(do)) as server, client(server.base_url) as api:
        assert api.upload_in_parts(planned(CONTENT), op="op-1") == FILE


def test_when_a_part_is_refused_the_others_stop() -> None:
    """Those that have not begun never do, and the upload is cancelled."""
    with served(parts=complaint(403)) as server, client(server.base_url) as api:
        with pytest.raises(Refused):
            api.upload_in_parts(planned(CONTENT * 40), op="op-1")
        assert asked(server).count("parts") < 100 / 2
        assert asked(server)[-1] == "cancel"


FATAL = [fault for fault in ONE_OF_EACH if fault.cells["create"].error]
STEP_FAULTS = [(step, fault) for step in ("uploads", "parts", "complete") for fault in FATAL]


@pytest.mark.parametrize(("step", "fault"), STEP_FAULTS, ids=str)
def test_every_fault_at_every_step_has_its_outcome(
    step: str, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the completion can leave a doubt, and goes out once but for a 429 of the API."""
    monkeypatch.setattr(uploads, "COMPLETION", fault.limits.answer)
    is_last = step == "complete"
    with served(**{step: fault.act}) as server:
        with (
            client(server.base_url, limits=fault.limits) as api,
            pytest.raises(ApiError) as caught,
        ):
            api.upload_in_parts(planned(CONTENT[:10]), op="op-1")
        paths = asked(server)
    cell = fault.cells["act" if is_last else "get"]
    is_doubt = cell.error is Unknown
    assert type(caught.value) is (ApiError if is_doubt and not is_last else cell.error)
    assert caught.value.cure.endswith("nothing was made") or not is_doubt or is_last
    assert paths.count(step) == cell.sent
    # What may still become a file is left alone; what is no file is not left behind.
    is_left = step == "uploads" or (is_last and is_doubt)
    assert paths.count("cancel") == (0 if is_left else 1)
    assert paths.count("complete") == (cell.sent if is_last else 0)
    assert_fit_to_show(caught.value)


@pytest.mark.parametrize("file", [None, "file-1", {}, {"id": ""}, {"id": "../x"}])
def test_a_completion_without_its_file_is_a_doubt(file: object) -> None:
    """It may have been made: the caller looks it up by its name."""
    act = answer(200, {"id": "upload_1", "status": "completed", "file": file})
    with served(complete=act) as server, client(server.base_url) as api:
        with pytest.raises(Unknown, match="not the API's") as caught:
            api.upload_in_parts(planned(CONTENT), op="op-1")
        assert "holds no file" in caught.value.why
        assert asked(server)[-1] == "complete"
    assert_fit_to_show(caught.value)


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "first byte": lambda content: b"X" + content[1:],
    "last byte": lambda content: content[:-1] + b"X",
    "longer": lambda content: content + b"X",
    "shorter": lambda content: content[:-1],
    "a part shorter": lambda content: content[:15],
    "empty": lambda content: b"",
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_file_is_refused_before_the_completion(change: str) -> None:
    """Nothing is completed, and the upload is cancelled."""
    upload = planned(CONTENT, source=CHANGES[change](CONTENT))
    with served() as server, client(server.base_url) as api:
        with pytest.raises(Refusal) as caught:
            api.upload_in_parts(upload, op="op-1")
        assert caught.value.what == "refused: data/big.jsonl changed after it was planned"
        assert (asked(server).count("complete"), asked(server).count("cancel")) == (0, 1)


class Failing(io.BytesIO):
    """A file on a disk that fails."""

    def seek(self, position: int, whence: int = 0, /) -> int:
        """No such place."""
        raise OSError(5, "Input/output error")


def test_a_file_that_cannot_be_read_is_told_as_such() -> None:
    """A fault of this machine is neither tried again nor told as one of the endpoint."""
    upload = planned(CONTENT)._replace(source=Failing(CONTENT))
    with served() as server, client(server.base_url) as api:
        with pytest.raises(ReconcilerError, match="cannot be read") as caught:
            api.upload_in_parts(upload, op="op-1")
        assert caught.value.why == "Input/output error"
        assert (asked(server).count("complete"), asked(server).count("cancel")) == (0, 1)


@pytest.mark.parametrize("cancel", [complaint(500), complaint(400)], ids=["500", "400"])
def test_an_upload_that_cannot_be_cancelled_does_not_hide_the_error(cancel: Act) -> None:
    """It expires by itself; what is told is why it was given up."""
    upload = planned(CONTENT, source=b"")
    with served(cancel=cancel) as server, client(server.base_url) as api:
        with pytest.raises(Refusal, match="changed"):
            api.upload_in_parts(upload, op="op-1")
        assert asked(server).count("cancel") == 1


def test_a_signal_between_two_attempts_ends_the_upload() -> None:
    """The upload is cancelled on the way out."""

    class Stopping(FakeTime):
        def pause(self, seconds: float) -> None:
            raise Interrupted("stop")

    with served(parts=complaint(503)) as server:
        with client(server.base_url, time=Stopping()) as api, pytest.raises(Interrupted):
            api.upload_in_parts(planned(CONTENT[:10]), op="op-1")
        assert asked(server) == ["uploads", "parts", "cancel"]


def test_an_intent_whose_time_is_over_is_not_sent() -> None:
    """`may_send` is asked before the first request, and once."""
    with served() as server, client(server.base_url) as api:
        with pytest.raises(Unreachable, match="came too late"):
            api.upload_in_parts(planned(CONTENT), op="op-1", may_send=lambda: False)
        assert server.requests == []
        answers = iter([True])
        api.upload_in_parts(planned(CONTENT), op="op-1", may_send=lambda: next(answers))


def test_a_server_without_uploads_is_told_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The dialect says so."""
    with served() as server, client(endpoint_at(server.base_url)) as api:
        monkeypatch.setattr(api, "dialect", api.dialect._replace(uploads_parts=False))
        with pytest.raises(ApiError, match="takes no file in parts") as caught:
            api.upload_in_parts(planned(CONTENT), op="op-1")
        assert server.requests == []
    assert f"{FILE_LIMIT:,} bytes" in caught.value.cure


def test_the_source_is_read_from_where_it_stands() -> None:
    """As an upload in one request is."""
    upload = planned(CONTENT, source=b"head" + CONTENT)
    upload.source.seek(4)
    with served() as server, client(server.base_url) as api:
        assert api.upload_in_parts(upload, op="op-1") == FILE


@pytest.mark.parametrize(
    ("size", "sizes"),
    [
        (0, []),
        (1, [1]),
        (PART, [PART]),
        (PART + 1, [PART, 1]),
        (8_000_000_000, [PART] * 125),
    ],
)
def test_no_part_is_larger_than_the_api_takes(size: int, sizes: list[int]) -> None:
    """64 MB whichever way it is meant; 8 GB, the largest upload, are 125 parts."""
    parts = list(cut(planned(b"")._replace(size=size)))
    assert [part.size for part in parts] == sizes
    assert [part.start for part in parts] == [PART * number for number in range(len(sizes))]


def test_memory_does_not_grow_with_the_part() -> None:
    """Sixteen times the bytes need no more memory."""

    def peak(blocks: int) -> int:
        upload = planned(b"a" * (blocks * BLOCK))
        part = Part(upload, 0, upload.size)
        payload = part_form(part, Sent(part))
        tracemalloc.start()
        length = sum(len(block) for block in payload.blocks)
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert length == payload.length
        return top

    assert peak(64) < 2 * peak(4)


DATA = dataset(40)


def in_parts(box: Box, size: int, *, source: bytes | None = None) -> Json:
    """The simulator's file made of `DATA` in parts of this size."""
    with client(box.server.base_url) as api, pytest.MonkeyPatch.context() as patch:
        patch.setattr(uploads, "cut", partial(cut, size=size))
        return api.upload_in_parts(planned(DATA, source=source), op="op-1")


@pytest.mark.parametrize("size", [len(DATA), len(DATA) // 2, len(DATA) // 3 - 1])
def test_the_sandbox_makes_the_file(size: int) -> None:
    """Bytes, name and purpose are the planned ones."""
    with sandbox(pace=INSTANT) as box:
        file = in_parts(box, size)
        assert (file["bytes"], file["filename"]) == (len(DATA), "p.big.jsonl")
        assert box.openai.files.content(file["id"]).read() == DATA


@pytest.mark.parametrize(
    ("kind", "path", "error", "files", "status"),
    [
        ("overloaded", "*/parts", None, 1, "completed"),
        ("overloaded_after", "*/parts", None, 1, "completed"),
        ("cut_after", "*/parts", None, 1, "completed"),
        ("rate_limit", "*/complete", None, 1, "completed"),
        ("overloaded", "*/complete", Unknown, 0, "pending"),
        ("overloaded_after", "*/complete", Unknown, 1, "completed"),
        ("cut_after", "*/complete", Unknown, 1, "completed"),
        ("cut_answer", "*/complete", Unknown, 1, "completed"),
        ("denied", "*/complete", Refused, 0, "cancelled"),
        ("denied", "*/parts", Refused, 0, "cancelled"),
    ],
)
def test_a_fault_makes_one_file_at_most(
    kind: str, path: str, error: type[ApiError] | None, files: int, status: str
) -> None:
    """The ledger counts what was made; a doubt can be either."""
    with sandbox(pace=INSTANT) as box:
        box.fault(kind, path=path, times=1)
        if error is None:
            in_parts(box, 2000)
        else:
            with pytest.raises(error):
                in_parts(box, 2000)
        ledger = box.control("GET", "/ledger")
        assert len(ledger["files"]) == files
        assert [upload["status"] for upload in ledger["uploads"]] == [status]


def test_of_a_changed_file_the_sandbox_keeps_nothing() -> None:
    """No file, and no upload that waits."""
    with sandbox(pace=INSTANT) as box:
        with pytest.raises(Refusal):
            in_parts(box, 1000, source=DATA[:-2] + b"X\n")
        ledger = box.control("GET", "/ledger")
        assert ledger["files"] == []
        assert [upload["status"] for upload in ledger["uploads"]] == ["cancelled"]


def test_parts_of_their_real_size_arrive(tmp_path: Path) -> None:
    """One byte more than a part is two parts."""
    path = tmp_path / "big.bin"
    with path.open("wb") as sparse:
        sparse.truncate(PART + 1)
    with path.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
        source.seek(0)
        upload = Upload(source, "big.bin", "big.bin", "user_data", PART + 1, digest)
        with sandbox(pace=INSTANT) as box, client(box.server.base_url) as api:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(uploads, "cut", cut)
                file = api.upload_in_parts(upload, op="op-1")
            requests = box.control("GET", "/ledger")["requests"]
    assert file["bytes"] == PART + 1
    assert sum(count for route, count in requests.items() if route.endswith("/parts")) == 2
