"""Reading an object over HTTP: each request once on a connection of its own, and again a few times.

A stream that breaks is taken up where it broke, at the very version that it began with.
"""

import io
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, TypeVar

from reconciler.sources.answer import (
    Answer,
    Broken,
    ask,
    changed,
    refused,
    starts_at,
    tells_its_end,
    version_of,
)
from reconciler.sources.source import Unreadable, Version, Waits

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

    from reconciler.sources.remote import RemoteObject

WAITS = (0.5, 1.0, 2.0)
"""Seconds before each further try of a request that nothing came of."""

LARGEST = 8 << 30
"""Bytes; no endpoint takes a larger file (api.uploads)."""

MOST_OPEN = 6
"""Streams of one object at once: four parts of an upload, its digest, and one to spare."""

T = TypeVar("T")


def head(object_: "RemoteObject") -> Version:
    """The version that is there now; raises `Unreadable`."""

    def attempt() -> Version:
        with closing(ask(object_, "HEAD", {})) as answer:
            return version_of(object_, answer)

    return _insist(attempt, object_.waits)


class OpenObject:
    """The bytes of an object, of one version."""

    def __init__(self, object_: "RemoteObject", version: Version | None) -> None:
        """Asks for them; raises `Unreadable` where they are not, or are of another version."""
        stream = _insist(lambda: Stream(object_, 0, version), object_.waits)
        self.version = stream.version
        self.raw: ObjectReader = ObjectReader(object_, stream)

    def is_unchanged(self) -> bool:
        """A version does not change; that all of it came, its size tells."""
        return True


class Stream:
    """An answer whose body is read, from byte `start` of the object on."""

    def __init__(self, object_: "RemoteObject", start: int, version: Version | None) -> None:
        headers = _bound(version) | ({"Range": f"bytes={start}-"} if start else {})
        self._answer = ask(object_, "GET", headers)
        try:
            self.version = version_of(object_, self._answer)
            _check(self._answer, start, version, self.version)
        except BaseException:
            self.close()
            raise

    def read_into(self, buffer: "WriteableBuffer") -> int:
        """The next bytes; 0 at the end. Raises `Broken`."""
        return self._answer.read_into(buffer)

    def close(self) -> None:
        """No more of it."""
        self._answer.close()


def _bound(version: Version | None) -> dict[str, str]:
    """Ask for just this version, where its mark is one that HTTP compares exactly."""
    tag = version.marks[0] if version and version.marks else ""
    return {"If-Match": tag} if isinstance(tag, str) and tag.startswith('"') else {}


def _check(answer: Answer, start: int, wanted: Version | None, version: Version) -> None:
    if wanted and version != wanted:
        raise changed("its version is another than before")
    if starts_at(answer) != start:
        raise refused("the server does not send a part of it", "so it cannot be taken up again")
    if version.size > LARGEST:
        raise _too_large()
    if not tells_its_end(answer):
        why = "the server does not say where it ends: a part of it would pass for the whole"
        raise refused(why, "have the server send its Content-Length")


def _too_large() -> Unreadable:
    """More than anything could be trained on; an answer may have no end."""
    return refused("it is larger than the 8 GB that an endpoint takes", "divide it")


class ObjectReader(io.RawIOBase):
    """An object's bytes from wherever they are asked for.

    Several readers may share it one after another: what each reads on from is still open.
    """

    def __init__(self, object_: "RemoteObject", stream: Stream) -> None:
        self._object, self._version, self._place = object_, stream.version, 0
        self._streams = {0: stream}

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is; each jump is a request."""
        return True

    def tell(self) -> int:
        """Where the next byte is from."""
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Read on from another byte; only from the start is counted."""
        assert whence == io.SEEK_SET  # noqa: S101  # nobody asks otherwise
        self._place = offset
        return offset

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """The next bytes, as many as are there; raises `Unreadable`."""
        if self._place == self._version.size:
            return 0
        count = _insist(lambda: self._read_on(buffer), self._object.waits)
        self._place += count
        if self._place > LARGEST:
            raise _too_large()
        return count

    def _read_on(self, buffer: "WriteableBuffer") -> int:
        stream = self._streams.pop(self._place, None) or self._open_here()
        try:
            count = self._read(stream, buffer)
        except BaseException:
            stream.close()
            raise
        self._keep(self._place + count, stream)
        return count

    def _read(self, stream: Stream, buffer: "WriteableBuffer") -> int:
        count = stream.read_into(buffer)
        if not count and self._place < self._version.size:
            raise Broken("the answer broke off")
        return count

    def _open_here(self) -> Stream:
        return Stream(self._object, self._place, self._version)

    def _keep(self, place: int, stream: Stream) -> None:
        if old := self._streams.pop(place, None):
            old.close()
        self._streams[place] = stream
        while len(self._streams) > MOST_OPEN:
            self._streams.pop(next(iter(self._streams))).close()

    def close(self) -> None:
        """End every stream."""
        while self._streams:
            self._streams.popitem()[1].close()
        super().close()


def _insist(attempt: Callable[[], T], waits: Waits) -> T:
    """What an attempt gives; where nothing came of it, it is made again a few times."""
    for seconds in WAITS:
        try:
            return attempt()
        except Broken as broken:
            waits.pause(broken.retry_after or seconds)
            if waits.is_over():
                raise refused(f"{broken}", "the same again: it was told to stop") from None
    try:
        return attempt()
    except Broken as broken:
        raise refused(f"{broken}", "the same again, several times") from None
