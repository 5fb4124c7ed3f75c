"""A file in parts: each can be read again, and all of them are hashed in their order."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from reconciler.api.call import Payload
from reconciler.api.multipart import BLOCK, Upload, changed, framed, read, unreadable

if TYPE_CHECKING:
    from _hashlib import HASH

# The API says 64 MB a part and not which; a part of this size is below either.
PART = 64_000_000


@dataclass(frozen=True, slots=True)
class Digests:
    """Of the bytes so far: `sha256` as the plan knows it, `md5` as the API checks it."""

    sha256: "HASH" = field(default_factory=hashlib.sha256)
    md5: "HASH" = field(default_factory=lambda: hashlib.md5(usedforsecurity=False))

    def update(self, block: bytes) -> None:
        """Adds the next bytes."""
        self.sha256.update(block)
        self.md5.update(block)

    def copy(self) -> Self:
        """The same digests, to go on with apart from these."""
        return type(self)(self.sha256.copy(), self.md5.copy())


@dataclass(frozen=True, slots=True)
class Part:
    """`size` bytes of a file, from byte `start` of its source."""

    upload: Upload
    start: int
    size: int


def cut(upload: Upload, size: int = PART) -> Iterator[Part]:
    """The parts of a file as planned, in order, each of `size` bytes but for the last."""
    begin = upload.source.tell()
    for offset in range(0, upload.size, size):
        yield Part(upload, begin + offset, min(size, upload.size - offset))


def part_form(part: Part, digests: Digests) -> Payload:
    """The body that sends a part, and adds its bytes to `digests` on the way; sent once."""
    return framed({}, "data", "part", part.size, _blocks(part, digests))


def _blocks(part: Part, digests: Digests) -> Iterator[bytes]:
    """The part's bytes; raises `Refusal` when the file has no longer as many."""
    _go_to(part)
    left = part.size
    while left:
        block = read(part.upload, min(BLOCK, left))
        if not block:
            raise changed(part.upload, "it shrank")
        digests.update(block)
        left -= len(block)
        yield block


def _go_to(part: Part) -> None:
    try:
        part.upload.source.seek(part.start)
    except OSError as cause:
        raise unreadable(part.upload, cause) from cause


def require_planned(upload: Upload, digests: Digests) -> None:
    """Raises `Refusal` unless all parts together were exactly the planned bytes."""
    if read(upload, 1):
        raise changed(upload, "it grew")
    if digests.sha256.hexdigest() != upload.sha256:
        raise changed(upload, "its bytes are others")
