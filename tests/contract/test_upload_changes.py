"""A file that changes while it is sent, whole or in parts: refused, and nothing is left behind."""

import hashlib
import os
from collections.abc import Callable
from functools import partial
from io import FileIO
from pathlib import Path

import pytest

from reconciler.api import Upload, uploads
from reconciler.api.multipart import BLOCK
from reconciler.api.parts import cut
from reconciler.errors import Refusal
from tests.support.api import client
from tests.support.cli import Sandbox, dataset, sandbox

CONTENT = dataset(6000).encode()


class Changing(FileIO):
    """A file on disk to which something happens once its first block was read."""

    def __init__(self, path: Path, change: Callable[[Path], object]) -> None:
        super().__init__(path)
        self.path, self.change = path, change
        self.is_changed = False

    def read(self, size: int | None = -1, /) -> bytes:
        block = super().read(size)
        if not self.is_changed:
            self.is_changed = True
            self.change(self.path)
        return block


def overwrite(path: Path) -> None:
    """One byte of its end, in place."""
    with path.open("r+b") as file:
        file.seek(-5, os.SEEK_END)
        file.write(b"X")


def grow(path: Path) -> None:
    """A row more."""
    with path.open("ab") as file:
        file.write(b"{}\n")


CHANGES: dict[str, Callable[[Path], object]] = {
    "changed": overwrite,
    "truncated": lambda path: os.truncate(path, len(CONTENT) - 7),
    "emptied": lambda path: os.truncate(path, 0),
    "grown": grow,
}


def upload(source: FileIO) -> Upload:
    """The planned bytes, read from this file."""
    digest = hashlib.sha256(CONTENT).hexdigest()
    return Upload(source, "data/big.jsonl", "p.big.jsonl", "fine-tune", len(CONTENT), digest)


def send(box: Sandbox, source: FileIO, *, in_parts: bool) -> object:
    """One upload, by either way."""
    with source, client(box.server.base_url) as api:
        if in_parts:
            return api.upload_in_parts(upload(source), op="op-1")
        with api.dial() as line:
            return line.create_file(upload(source), op="op-1")


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of two blocks."""
    monkeypatch.setattr(uploads, "cut", partial(cut, size=2 * BLOCK))


@pytest.mark.parametrize("in_parts", [False, True])
@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_changes_while_it_is_sent(tmp_path: Path, change: str, in_parts: bool) -> None:
    """The endpoint makes no file of it, and no upload stays open."""
    assert len(CONTENT) > 3 * BLOCK
    path = tmp_path / "big.jsonl"
    path.write_bytes(CONTENT)
    with sandbox() as box:
        with pytest.raises(Refusal, match=r"data/big\.jsonl changed after it was planned"):
            send(box, Changing(path, CHANGES[change]), in_parts=in_parts)
        assert box.made("files") == []
        opened = box.ask("GET", "/ledger")["uploads"]
        assert [each["status"] for each in opened] == ["cancelled"] * in_parts


@pytest.mark.parametrize("in_parts", [False, True])
def test_a_file_that_is_replaced_while_it_is_sent(tmp_path: Path, in_parts: bool) -> None:
    """Another file under its name is another file: the planned bytes arrive."""

    def replaced(path: Path) -> None:
        other = path.with_name("other")
        other.write_bytes(b"X" * len(CONTENT))
        other.rename(path)

    path = tmp_path / "big.jsonl"
    path.write_bytes(CONTENT)
    with sandbox() as box:
        send(box, Changing(path, replaced), in_parts=in_parts)
        (made,) = box.made("files")
        content = box.pool.request(
            "GET",
            f"{box.server.base_url}/files/{made['id']}/content",
            headers={"authorization": "Bearer other"},
        )
        assert content.data == CONTENT
