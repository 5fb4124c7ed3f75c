"""A file as a multipart form: constant memory, exact length, and only the planned bytes."""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from itertools import chain
from typing import NamedTuple, Protocol

from reconciler.api.aside import Aside
from reconciler.api.call import Payload
from reconciler.api.text import clean
from reconciler.errors import ReconcilerError, Refusal

# Measured: below 256 KiB a TLS upload pays for its calls.
BLOCK = 256 * 1024
# Bytes of the largest file that `POST /files` takes: "512 MB" in the API's reference.
FILE_LIMIT = 512_000_000


class Readable(Protocol):
    """An open file, or what is read like one; raises `OSError`."""

    def read(self, size: int = -1, /) -> bytes | None:
        """The next bytes, some of `size`; nothing at the end."""
        ...

    def seek(self, offset: int, /) -> int:
        """Read on from another byte."""
        ...

    def tell(self) -> int:
        """Where the next byte is from."""
        ...


class Upload(NamedTuple):
    """A file to send.

    Attributes:
        source: the open file, read from where it stands.
        path: the file as the user names it, for errors.
        filename: its name at the API.
        purpose: the API's `purpose`.
        size: how many bytes it has, as planned.
        sha256: the digest of these bytes in hex, as planned.
        expires_after: seconds after its creation at which the API deletes it, or None.
        sent: is told, from any thread, how many bytes more went out; less than 0 where what went
            out has to go again.
        answering: is told, where one request holds all of it, that all of it went out.
    """

    source: Readable
    path: str
    filename: str
    purpose: str
    size: int
    sha256: str
    expires_after: int | None = None
    sent: Callable[[int], None] = lambda _: None
    answering: Callable[[], object] = lambda: None


def form(upload: Upload) -> Payload:
    """The body of `POST /files`; it can be sent once.

    A body that is sent to its end held exactly the planned bytes: see `planned_blocks`.
    """
    fields = {"purpose": upload.purpose}
    if upload.expires_after is not None:
        fields["expires_after[anchor]"] = "created_at"
        fields["expires_after[seconds]"] = str(upload.expires_after)
    return framed(fields, "file", upload.filename, upload.size, planned_blocks(upload))


def framed(
    fields: Mapping[str, str], name: str, filename: str, size: int, content: Iterable[bytes]
) -> Payload:
    """A form of text `fields`, and of `content` (`size` bytes) as a file in the field `name`."""
    boundary = secrets.token_hex(16)
    head, tail = _head(fields, name, filename, boundary), f"\r\n--{boundary}--\r\n".encode()
    kind = f"multipart/form-data; boundary={boundary}"
    return Payload(kind, len(head) + size + len(tail), chain([head], content, [tail]))


def planned_blocks(upload: Upload) -> Iterator[bytes]:
    """The file's bytes, the last block only once the digest of all of them is the planned one.

    So a server that was sent other bytes has an unfinished request, of which it makes nothing.

    Raises:
        Refusal: the file changed after it was planned, or cannot be read to its end.
    """
    size, held = 0, b""
    with closing(Aside(hashlib.sha256())) as digest:
        while block := read(upload):
            digest.add(block)
            if held:
                yield held
                upload.sent(len(held))
            size += len(block)
            if size > upload.size:
                raise changed(upload, "it grew")
            held = block
        if size < upload.size:
            raise changed(upload, "it shrank")
        if digest.hexdigest() != upload.sha256:
            raise changed(upload, "its bytes are others")
    yield held
    upload.sent(len(held))
    upload.answering()


def _head(fields: Mapping[str, str], name: str, filename: str, boundary: str) -> bytes:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
        for field, value in fields.items()
    ]
    parts.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}";'
        f' filename="{_quoted(filename)}"\r\nContent-Type: application/octet-stream\r\n\r\n'
    )
    # A name that is no Unicode text (a lone surrogate) arrives with question marks.
    return "".join(parts).encode(errors="replace")


def _quoted(filename: str) -> str:
    """As browsers write a file name into a form (WHATWG HTML, multipart/form-data)."""
    return filename.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def read(upload: Upload, size: int = BLOCK) -> bytes:
    """The next bytes of the file, `size` at most; raises `ReconcilerError` if it cannot be read."""
    try:
        return upload.source.read(size) or b""
    except OSError as cause:
        raise unreadable(upload, cause) from cause


def unreadable(upload: Upload, cause: OSError) -> ReconcilerError:
    """A fault of this machine, which must not be taken for one of the connection."""
    return ReconcilerError(
        f"{clean(upload.path)} cannot be read to its end",
        why=clean(cause.strerror or str(cause)),
        cure="see to the file, and plan again; the upload was broken off",
    )


def changed(upload: Upload, how: str) -> Refusal:
    """The file is not the planned one."""
    return Refusal(
        f"refused: {clean(upload.path)} changed after it was planned",
        why=f"{how}: {upload.size} bytes, sha256 {upload.sha256[:8]} were planned",
        cure="plan again; the upload was broken off, so nothing was made",
    )
