"""files: the marker is the name; what is stored under it is checked."""

import hashlib
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.api.multipart import Upload
from reconciler.core.address import Address
from reconciler.core.cost import Work
from reconciler.core.owner import Owner
from reconciler.core.resource import Attempt, Lifecycle, Phase, Resource
from reconciler.errors import ReconcilerError, Refusal
from reconciler.kinds.file import FileKind, FileSpec, file_marker, file_name
from reconciler.kinds.kind import Content, Make
from reconciler.sources import LocalFile
from tests.support.stack import WALK
from tests.support.world import Fuse, World, WorldApi

KIND, ADDRESS = FileKind(), Address("files", "train")
DEV = Owner("bots", "dev")
TEXT = b'{"messages": []}\n'
SHA = hashlib.sha256(TEXT).hexdigest()


def content(path: Path = Path("/dev/null"), rows: int | None = 1) -> Content:
    """The bytes behind the manifest's path."""
    return Content(LocalFile(str(path)), "data/train.jsonl", SHA, len(TEXT), rows)


def resource(path: Path = Path("/dev/null"), **fields: Any) -> Resource:
    """The desired file."""
    spec = FileSpec.read({"path": "data/train.jsonl", **fields})
    return KIND.resolve(ADDRESS, spec, {"data/train.jsonl": content(path)}, {})


def make(wanted: Resource) -> Make:
    """An upload of it."""
    return Make(wanted, DEV, Attempt(), "op-1", {}, lambda: True)


def body(name: str, **fields: Any) -> dict[str, Any]:
    """A file as the API tells it."""
    return {"id": "file-1", "filename": name, "bytes": len(TEXT), "purpose": "fine-tune"} | fields


def test_a_file_is_its_content() -> None:
    """Not its path: digest, purpose and size decide."""
    found = resource(protect=True)
    assert found.spec == {"sha256": SHA, "purpose": "fine-tune", "bytes": len(TEXT)}
    assert found.fingerprint == f"v1:{SHA[:32]}:fine-tune:{len(TEXT)}"
    assert (found.summary, found.protect, found.facts["rows"]) == ("1 rows, 17 B", True, 1)
    assert KIND.lifecycle is Lifecycle.STORED
    assert KIND.references(FileSpec(path="a")) == {}
    assert KIND.paths(FileSpec(path="a")) == ("a",)


def test_a_summary_without_rows() -> None:
    """What is no JSONL has a size alone."""
    spec = FileSpec(path="a.pdf", purpose="user_data")
    found = KIND.resolve(ADDRESS, spec, {"a.pdf": content(rows=None)}, {})
    assert found.summary == "17 B"


def test_what_is_no_training_data_has_no_rows_or_tokens() -> None:
    """Though another entry trains on the same path."""
    known = replace(content(), tokens={"estimate": 7}, is_whole=False)
    found = KIND.resolve(
        ADDRESS, FileSpec(path="a.jsonl", purpose="user_data"), {"a.jsonl": known}, {}
    )
    assert (found.summary, found.facts["rows"], found.work) == ("17 B", None, Work())


@pytest.mark.parametrize(
    ("path", "purpose", "extension"),
    [
        ("a.txt", "fine-tune", "jsonl"),
        ("a.PDF", "user_data", "pdf"),
        ("a", "user_data", "bin"),
        ("a.b-c", "user_data", "bin"),
    ],
)
def test_the_name_s_extension(path: str, purpose: Any, extension: str) -> None:
    """What the API wants for fine-tuning, else the path's own, if it is one."""
    spec = FileSpec(path=path, purpose=purpose)
    found = KIND.resolve(ADDRESS, spec, {path: content()}, {})
    assert file_name(DEV, found) == f"bots.dev.train.{SHA[:32]}.{extension}"


def test_a_name_reads_back_for_its_owner_alone() -> None:
    """Another environment's file is not ours, nor one that only looks alike."""
    name, wanted = file_name(DEV, resource()), resource()
    marker = file_marker(body(name), (DEV,))
    assert marker
    assert (marker.address, marker.fingerprint) == (ADDRESS, wanted.fingerprint)
    assert file_marker(body(name), (Owner("new"), DEV)) == marker
    for other in (Owner("bots"), Owner("bots", "prod"), Owner("train")):
        assert file_marker(body(name), (other,)) is None


@pytest.mark.parametrize(
    "name",
    [None, "", "train.jsonl", f"bots.dev.train.{SHA[:31]}.jsonl", "bots.dev.train.xyz.jsonl"],
)
def test_another_name_is_no_marker(name: str | None) -> None:
    """What people upload themselves stays theirs."""
    assert file_marker({"filename": name}, (DEV,)) is None


@pytest.mark.parametrize(("field", "value"), [("bytes", 3), ("purpose", "batch")])
def test_other_bytes_are_another_file(field: str, value: object) -> None:
    """The size and the purpose stand beside the name."""
    found = file_marker(body(file_name(DEV, resource()), **{field: value}), (DEV,))
    assert found
    assert found.fingerprint != resource().fingerprint


@pytest.mark.parametrize(
    ("status", "phase"),
    [
        ("processed", Phase.READY), (None, Phase.READY), ("error", Phase.FAILED),
        ("running", Phase.IN_PROGRESS), ("warming_up", Phase.UNKNOWN),
    ],
)  # fmt: skip
def test_what_a_status_means(status: str | None, phase: Phase) -> None:
    """Words that are not known say nothing."""
    api = one_file(body("a", status=status, expires_at=7))
    (seen,) = KIND.observe(api, (DEV,))
    assert (seen.phase, seen.expires_at, seen.marker) == (phase, 7, None)
    assert KIND.resolved(seen) == {"purpose": "fine-tune", "bytes": len(TEXT)}
    assert KIND.fetch(api, "file-1", (DEV,)) == seen


def one_file(file: dict[str, Any]) -> WorldApi:
    """An API that holds this file."""
    world = World(files={"file-1": file}, fresh={"file-1": 0})
    return WorldApi(world, Fuse())


class Sent:
    """A line that keeps what it was given and says what it stored."""

    def __init__(self, stored: int) -> None:
        self.stored = stored
        self.uploads: list[Upload] = []
        self.text = b""

    def create_file(
        self, upload: Upload, *, op: str, may_send: Callable[[], bool]
    ) -> dict[str, Any]:
        self.uploads.append(upload)
        self.text = upload.source.read() or b""
        return body(upload.filename, bytes=self.stored)

    def create_job(
        self, body: dict[str, Any], *, op: str, may_send: Callable[[], bool]
    ) -> dict[str, Any]:
        raise NotImplementedError


API = WorldApi(World(), Fuse())


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The dataset on disk."""
    path = tmp_path / "train.jsonl"
    path.write_bytes(TEXT)
    return path


def test_an_upload(data: Path) -> None:
    """The bytes, under the marker, with what the API checks."""
    line = Sent(len(TEXT))
    wanted = resource(data, expires_after={"seconds": 3600})
    seen = KIND.create(API, line, make(wanted), (DEV,))
    (upload,) = line.uploads
    assert (upload.size, upload.sha256, upload.expires_after) == (len(TEXT), SHA, 3600)
    assert (upload.purpose, upload.path) == ("fine-tune", "data/train.jsonl")
    assert line.text == TEXT
    assert isinstance(upload.source, io.FileIO)
    assert upload.source.closed
    assert seen.marker
    assert seen.marker.fingerprint == wanted.fingerprint
    KIND.create(API, line, make(resource(data)), (DEV,))
    assert line.uploads[1].expires_after is None


def test_a_file_that_is_gone_when_it_is_sent(tmp_path: Path) -> None:
    """Refused with the path as the user wrote it, and nothing is sent."""
    with pytest.raises(Refusal, match=r"data/train\.jsonl changed") as refused:
        KIND.create(API, Sent(0), make(resource(tmp_path / "none")), (DEV,))
    assert "nothing was sent" in refused.value.cure


def test_a_delete() -> None:
    """Of what is gone already, too."""
    api = one_file(body("a"))
    KIND.remove(api, "file-1", (WALK,))
    KIND.remove(api, "file-1", (WALK,))
    assert api.world.files == {}


@pytest.mark.parametrize("instead", ["pipe", "folder", "link", "longer", "shorter"])
def test_something_else_in_its_place(data: Path, instead: str) -> None:
    """Refused before a byte is sent: a pipe would never end, a link may lead anywhere."""
    line, wanted = Sent(0), resource(data)
    other = data.with_name("other")
    data.rename(other)
    if instead == "pipe":
        os.mkfifo(data)
    elif instead == "folder":
        data.mkdir()
    elif instead == "link":
        data.symlink_to(other)
    else:
        data.write_bytes(TEXT * 2 if instead == "longer" else TEXT[:-1])
    with pytest.raises(Refusal, match="changed after it was planned"):
        KIND.create(API, line, make(wanted), (DEV,))
    assert line.uploads == []


def test_a_file_that_may_not_be_read(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of this machine is no change of the file."""

    def denied(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("reconciler.sources.local.open_regular", denied)
    with pytest.raises(ReconcilerError, match="cannot be read") as caught:
        KIND.create(API, Sent(0), make(resource(data)), (DEV,))
    assert not isinstance(caught.value, Refusal)
