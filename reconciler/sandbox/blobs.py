"""The bytes of files: written and read in chunks, so that memory stays small whatever the size."""

import sqlite3
from collections.abc import Iterable, Iterator

from msgspec import Struct, field

from reconciler.sandbox.store import Store

CHUNK = 1 << 20
_INSERT = "INSERT INTO chunks (blob, n, data) VALUES (?, ?, ?)"


class Draft(Struct):
    """A blob that is being written; its last chunk is stored with the row that names it."""

    store: Store
    id: str
    size: int = 0
    _stored: int = 0
    _rest: bytearray = field(default_factory=bytearray)

    def write(self, data: bytes) -> None:
        """Take more bytes; a full chunk goes to the store at once."""
        self._rest += data
        self.size += len(data)
        if len(self._rest) >= CHUNK:
            with self.store.writing() as db:
                self.seal(db)
            self._stored, self._rest = self._stored + 1, bytearray()

    def chunks(self) -> Iterator[bytes]:
        """Everything written so far."""
        if self._stored:
            yield from read(self.store, [self.id])
        yield bytes(self._rest)

    def seal(self, db: sqlite3.Connection) -> None:
        """Store the last chunk, inside the transaction that stores the blob's owner."""
        if self._rest:
            db.execute(_INSERT, (self.id, self._stored, self._rest))

    def discard(self) -> None:
        """Forget what was written."""
        self._rest.clear()
        if self._stored:
            with self.store.writing() as db:
                drop(db, [self.id])


def read(store: Store, blobs: Iterable[str]) -> Iterator[bytes]:
    """The bytes of some blobs one after the other, chunk by chunk."""
    for blob in blobs:
        n = 0
        while row := store.one("SELECT data FROM chunks WHERE blob = ? AND n = ?", blob, n):
            yield row[0]
            n += 1


def drop(db: sqlite3.Connection, blobs: Iterable[str]) -> None:
    """Delete the bytes of some blobs."""
    db.executemany("DELETE FROM chunks WHERE blob = ?", [(blob,) for blob in blobs])


def lines(chunks: Iterable[bytes], most: int | None = None) -> Iterator[bytes]:
    """The lines of a text without their ends; `most` stops after about that many bytes."""
    rest, seen = b"", 0
    for chunk in chunks:
        seen += len(chunk)
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
        if most is not None and seen >= most:
            return
    if rest:
        yield rest
