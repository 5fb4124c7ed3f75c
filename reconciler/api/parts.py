"""A file in parts: sent side by side, hashed once in order, and both found to be the same bytes."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from reconciler.api.call import Payload
from reconciler.api.multipart import BLOCK, Upload, changed, framed, read, unreadable

if TYPE_CHECKING:
    from _hashlib import HASH

# The API says 64 MB a part and not which; a part of this size is below either.
PART = 64_000_000


@dataclass(frozen=True, slots=True)
class Part:
    """`size` bytes of a file, from byte `start` of its source, which `lock` shares."""

    upload: Upload
    start: int
    size: int
    lock: Lock = field(default_factory=Lock, compare=False)


@dataclass(frozen=True, slots=True)
class Digests:
    """Of all bytes in order: `sha256` as the plan knows it, `md5` as the API checks it."""

    sha256: "HASH" = field(default_factory=hashlib.sha256)
    md5: "HASH" = field(default_factory=lambda: hashlib.md5(usedforsecurity=False))

    def add(self, part: Part) -> str:
        """Read the part that comes next; the SHA-256 of it alone, in hex."""
        alone = hashlib.sha256()
        for block in blocks(part):
            alone.update(block)
            self.sha256.update(block)
            self.md5.update(block)
        return alone.hexdigest()


def cut(upload: Upload, size: int = PART) -> Iterator[Part]:
    """The parts of a file as planned, in order, each of `size` bytes but for the last."""
    begin, lock = upload.source.tell(), Lock()
    for offset in range(0, upload.size, size):
        yield Part(upload, begin + offset, min(size, upload.size - offset), lock)


class Sent:
    """What of a part went out."""

    def __init__(self, part: Part) -> None:
        self._part, self._digest, self._size = part, hashlib.sha256(), 0

    @property
    def sha256(self) -> str:
        """Of these bytes, in hex."""
        return self._digest.hexdigest()

    def add(self, block: bytes) -> None:
        """The next block."""
        self._digest.update(block)
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
