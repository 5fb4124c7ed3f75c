"""A manifest file as text: read once, UTF-8, of bounded size, without characters that deceive."""

import hashlib
import os
import re
import stat
from pathlib import Path

from reconciler.errors import InvalidInput, Mark, Problem

MAX_BYTES = 64 << 20
"""Largest manifest that is read (design: limits)."""

UTF8_BOM = b"\xef\xbb\xbf"
_WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_CONTROLS = bytes(byte for byte in range(0x20) if byte not in b"\t\n\r") + b"\x7f"
# Old Macintosh line breaks too: YAML sees a new line where a diff shows a comment that goes on.
_CONTROL = re.compile(f"[{re.escape(_CONTROLS.decode())}]|\r(?!\n)")
# Line breaks that only YAML 1.1 sees, marks that reorder or hide text: a review would miss them.
_DECEIVING = re.compile("[\x80-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")


def read(path: Path, spent: int = 0, draft: Path | None = None) -> str:
    """The text of the manifest at `path`, without its byte-order mark.

    Args:
        spent: bytes that were read before, from other files of the same manifest.
        draft: what is read in its place, and told of as if it stood there.

    Raises:
        InvalidInput: there is no such file, it cannot be read, it is larger than `MAX_BYTES`,
            it is not UTF-8, or it holds control or deceiving characters.
    """
    return text_of(read_bytes(draft or path, spent), path)


def digest(data: bytes) -> str:
    """What a file is known again by: its SHA-256, in hex."""
    return hashlib.sha256(data).hexdigest()


def text_of(data: bytes, path: Path) -> str:
    """The same of bytes that were read from `path`; raises as `read` does for what is in them."""
    if data.startswith(_WIDE_BOMS):
        raise _refused(path, "wrong-encoding", f"{path} is UTF-16 or UTF-32", cure="save as UTF-8")
    text = _decoded(path, data.removeprefix(UTF8_BOM))
    _refuse_hidden_characters(path, data, text)
    return text


def place_of(text: str, offset: int, file: str) -> Mark:
    """Line and column of a character, by its offset in `text`."""
    return Mark(file, text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))


def read_bytes(path: Path, spent: int = 0) -> bytes:
    """What is in the file at `path`; raises as `read` does where it cannot be read."""
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise _not_a_file(path, mode)
        with open(path, "rb", opener=_at_once) as file:
            data = file.read(MAX_BYTES - spent + 1)
    except FileNotFoundError:
        raise _missing(path) from None
    except OSError as error:
        what = f"{path} cannot be read: {error.strerror or error}"
        raise _refused(path, "unreadable-manifest", what) from None
    if len(data) > MAX_BYTES - spent:
        more = ", with the files read before it," if spent else ""
        what = f"{path}{more} is larger than {MAX_BYTES >> 20} MiB"
        raise _refused(path, "too-large", what, cure="split it into several projects")
    return data


def _at_once(path: str, flags: int) -> int:
    """A pipe that took the manifest's place must not hang a CI run."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)


def _missing(path: Path) -> InvalidInput:
    cure = "`reconciler init`, or `-f FILE`"
    return _refused(path, "no-manifest", f"no {path.name or path} here", cure=cure)


def _not_a_file(path: Path, mode: int) -> InvalidInput:
    if stat.S_ISDIR(mode):
        what, cure = f"{path} is a folder", f"`-f {path / 'reconciler.yaml'}`, or `-C {path}`"
    else:
        what, cure = f"{path} is not a regular file", "`-f FILE`"
    return _refused(path, "not-a-file", what, cure=cure)


def _decoded(path: Path, data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        what = f"byte 0x{data[error.start]:02X} is not UTF-8"
        mark = place_of(before, len(before), str(path))
        raise _refused(path, "wrong-encoding", what, mark=mark, cure="save as UTF-8") from None


def _refuse_hidden_characters(path: Path, data: bytes, text: str) -> None:
    hidden = None
    if b"\r" in data or len(data.translate(None, _CONTROLS)) != len(data):  # faster than a search
        hidden = _CONTROL.search(text)
    if hidden is None and not text.isascii():
        hidden = _DECEIVING.search(text)
    if hidden is None:
        return
    what = f"the character U+{ord(hidden[0]):04X} is not allowed"
    why = "it cannot be seen, so a review would miss what it does"
    if hidden[0] == "\0":
        what, why = "NUL in the text", "a text file has none; this may be UTF-16"
    mark = place_of(text, hidden.start(), str(path))
    cure = "delete it, or write it as an escape in double quotes"
    raise _refused(path, "hidden-character", what, mark=mark, why=why, cure=cure)


def _refused(
    path: Path, code: str, what: str, *, mark: Mark | None = None, why: str = "", cure: str = ""
) -> InvalidInput:
    where = "" if mark else str(path)
    return InvalidInput([Problem(what, code, mark, where=where, why=why, cure=cure)])
