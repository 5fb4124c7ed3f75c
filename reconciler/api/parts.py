"""A file in parts: sent side by side, hashed once in order, and both found to be the same bytes."""

import hashlib
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from threading import Lock

from msgspec import Struct, field

from reconciler.api.aside import Aside
from reconciler.api.call import Payload
from reconciler.api.multipart import BLOCK, Upload, changed, framed, read, unreadable

# The API says 64 MB a part and not which; a part of this size is below either.
PART = 64_000_000


class Part(Struct, frozen=True):
    """`size` bytes of a file, from byte `start` of its source, which `lock` shares."""

    upload: Upload
    start: int
    size: int
    lock: Lock = field(default_factory=Lock)


class Digests:
    """Of all bytes in order: `sha256` as the plan knows it, `md5` as the API checks it."""

    def __init__(self, stack: ExitStack) -> None:
        self.sha256 = stack.enter_context(closing(Aside(hashlib.sha256())))
        self.md5 = stack.enter_context(closing(Aside(hashlib.md5(usedforsecurity=False))))

    def add(self, part: Part) -> int:
        """Read the part that comes next; the checksum of it alone."""
        alone = 0
        for block in blocks(part):
            self.sha256.add(block)
            self.md5.add(block)
            alone = checksum(block, alone)
        return alone


def checksum(block: bytes, before: int) -> int:
    """What tells whether the bytes that went out are those that were hashed.

    Both are read from the same open file a moment apart, and the API checks the md5 of the whole:
    a cyclic checksum will do, which costs half of a digest.
    """
    return zlib.crc32(block, before)


def cut(upload: Upload, size: int = PART) -> Iterator[Part]:
    """The parts of a file as planned, in order, each of `size` bytes but for the last."""
    begin, lock = upload.source.tell(), Lock()
    for offset in range(0, upload.size, size):
        yield Part(upload, begin + offset, min(size, upload.size - offset), lock)


class Sent:
    """What of a part went out."""

    def __init__(self, part: Part) -> None:
        self._part, self._size = part, 0
        self.checksum = 0

    def add(self, block: bytes) -> None:
        """The next block."""
        self.checksum = checksum(block, self.checksum)
        self._count(len(block))

    def undo(self) -> None:
        """Nothing came of it."""
        self._count(-self._size)

    def _count(self, size: int) -> None:
        self._size += size
        self._part.upload.sent(size)


def part_form(part: Part, sent: Sent, go_on: Callable[[], None] = lambda: None) -> Payload:
    """The body that sends a part once, and adds its bytes to `sent`; `go_on` may raise to stop."""

    def content() -> Iterator[bytes]:
        for block in blocks(part):
            go_on()
            sent.add(block)
            yield block

    return framed({}, "data", "part", part.size, content())


def blocks(part: Part) -> Iterator[bytes]:
    """The part's bytes; raises `Refusal` when the file has no longer as many."""
    place, end = part.start, part.start + part.size
    while place < end:
        with part.lock:
            _go_to(part, place)
            block = read(part.upload, min(BLOCK, end - place))
        if not block:
            raise changed(part.upload, "it shrank")
        place += len(block)
        yield block


def _go_to(part: Part, place: int) -> None:
    try:
        part.upload.source.seek(place)
    except OSError as cause:
        raise unreadable(part.upload, cause) from cause


def require_planned(last: Part, digests: Digests) -> None:
    """Raises `Refusal` unless all parts together were exactly the planned bytes."""
    upload = last.upload
    _go_to(last, last.start + last.size)
    if read(upload, 1):
        raise changed(upload, "it grew")
    if digests.sha256.hexdigest() != upload.sha256:
        raise changed(upload, "its bytes are others")
