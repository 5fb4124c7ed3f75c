"""The file itself: absent, unreadable, wrongly encoded, deceiving."""

import os
import socket
from pathlib import Path

import pytest

from reconciler.errors import ExitCode, InvalidInput, Problem
from reconciler.manifest import load, source
from tests.unit.manifests.specs import SPECS, problems, read, said


def refused(path: Path) -> Problem:
    """The one problem of a file."""
    with pytest.raises(InvalidInput) as caught:
        load(path, SPECS)
    (problem,) = caught.value.problems
    return problem


def test_a_missing_manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cure is to make one, or to name another."""
    monkeypatch.chdir(tmp_path)
    problem = refused(Path("reconciler.yaml"))
    assert problem.what == "no reconciler.yaml here"
    assert problem.cure == "`reconciler init`, or `-f FILE`"
    assert problem.code == "no-manifest"
    assert InvalidInput([problem]).exit_code == ExitCode.INVALID


def test_a_folder(tmp_path: Path) -> None:
    """A folder is named as one, with the file that may be in it."""
    problem = refused(tmp_path)
    assert problem.what == f"{tmp_path} is a folder"
    assert "reconciler.yaml" in problem.cure


def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    """A named pipe without a writer is refused at once."""
    os.mkfifo(tmp_path / "pipe")
    assert refused(tmp_path / "pipe").what == f"{tmp_path / 'pipe'} is not a regular file"


def test_a_socket(tmp_path: Path) -> None:
    """A socket is no file either."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        assert refused(tmp_path / "s").code == "not-a-file"


def test_a_device() -> None:
    """A device gives bytes without end; it is not read."""
    assert refused(Path("/dev/zero")).code == "not-a-file"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path: Path) -> None:
    """The system's reason is given."""
    path = tmp_path / "reconciler.yaml"
    path.touch(mode=0)
    assert refused(path).what == f"{path} cannot be read: Permission denied"


def test_a_loop_of_links(tmp_path: Path) -> None:
    """A link to itself cannot be read."""
    (tmp_path / "loop").symlink_to("loop")
    assert refused(tmp_path / "loop").code == "unreadable-manifest"


def test_a_file_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No more than the limit is read."""
    assert source.MAX_BYTES == 64 * 1024 * 1024
    monkeypatch.setattr(source, "MAX_BYTES", 1 << 20)
    path = tmp_path / "big.yaml"
    with path.open("wb") as file:
        file.truncate((1 << 20) + 1)
    assert refused(path).what == f"{path} is larger than 1 MiB"


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"project: x\nb: \xff", "2:4 byte 0xFF is not UTF-8 [wrong-encoding]"),
        (b"\xc3\xa9: \xc3", "1:4 byte 0xC3 is not UTF-8 [wrong-encoding]"),
        (b"a: \xed\xa0\x80", "1:4 byte 0xED is not UTF-8 [wrong-encoding]"),
        (b"project: a\0", "1:11 NUL in the text [hidden-character]"),
        ("project: x".encode("utf-16-le"), "1:2 NUL in the text [hidden-character]"),
        (b"a: \x1b[31m", "1:4 the character U+001B is not allowed [hidden-character]"),
        (b"# a\rproject: x", "1:4 the character U+000D is not allowed [hidden-character]"),
        ("a: b\x85c: d".encode(), "1:5 the character U+0085 is not allowed [hidden-character]"),
        ("# a\u2028b: c".encode(), "1:4 the character U+2028 is not allowed [hidden-character]"),
        ("é: \u202e".encode(), "1:4 the character U+202E is not allowed [hidden-character]"),
        ("a: \ufeffb".encode(), "1:4 the character U+FEFF is not allowed [hidden-character]"),
    ],
)
def test_bytes_that_are_refused(data: bytes, line: str) -> None:
    """The byte or character is named with its place; columns count characters."""
    assert said(data) == [line]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_wide_encodings_are_named(encoding: str) -> None:
    """A byte-order mark of UTF-16 or UTF-32 is told apart from garbage."""
    (problem,) = problems("project: x".encode(encoding))
    assert problem.what.endswith("is UTF-16 or UTF-32")


def test_a_bom_is_accepted_once_at_the_start() -> None:
    """It is no part of the text, and does not move the columns."""
    assert read(b"\xef\xbb\xbfproject: x").mark("project").column == 1
    assert [problem.code for problem in problems(b"\xef\xbb\xbf\xef\xbb\xbfproject: x")] == [
        "hidden-character"
    ]


def test_windows_line_breaks() -> None:
    """Lines count the same with CRLF."""
    assert str(read(b"version: 1\r\nproject: x\r\n").mark("project")).endswith(":2:1")


def test_columns_count_characters() -> None:
    """A character outside ASCII is one column."""
    text = "project: x\nfiles: {a: {path: é🙂, purpos: batch}}"
    assert said(text) == ['2:23 unknown key "purpos" in files.a [unknown-key]']
